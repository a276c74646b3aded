"""Every error that Fieldmark raises on purpose.

The tree answers three questions in order: can the caller fix it, can a retry fix it, can we answer
with less?

    FieldmarkError
    ├── RequestError            the caller can fix it
    │   ├── PositionInvalid
    │   ├── PositionMissing     an area was required and there is no position
    │   ├── DateInvalid
    │   ├── NotFound            nothing is known by that name
    │   ├── Unauthorized        a key is needed and none that counts was given
    │   ├── TooManyRequests     this client asks more often than it may
    │   └── PhotoError
    │       ├── PhotoTooLarge
    │       ├── PhotoTypeUnsupported
    │       └── PhotoUnreadable
    ├── SetupError              whoever set Fieldmark up can fix it
    │   ├── SettingInvalid
    │   ├── ModelBroken         missing, malformed or not what its manifest says
    │   ├── AtlasBroken         missing, malformed or of another version
    │   ├── GazetteerBroken     missing, malformed or of another version
    │   ├── JournalBroken       malformed, foreign or of another version
    │   ├── StoreRefused        a bucket that is not there, or does not let Fieldmark in
    │   ├── PricesBroken        malformed, or without a price that is asked for
    │   └── ExtraMissing        an optional dependency is not installed
    ├── SourceBroken            a file given to the atlas builder is not what it should be
    ├── CheckFailed             a release does not hold what a release must hold
    ├── Overloaded              a retry helps: more photos came than can wait
    └── Unavailable             a retry may help; the pipeline answers with less
        ├── Waking              it sleeps while nobody asks and is starting: half a minute
        ├── ReleaseGone         the release that was in use a moment ago is there no more
        ├── NotPublished        no release was published to the store yet
        └── Full                it has no room for more; what it holds it still gives
"""

__all__ = [
    "AtlasBroken",
    "CheckFailed",
    "DateInvalid",
    "ExtraMissing",
    "FieldmarkError",
    "Full",
    "GazetteerBroken",
    "JournalBroken",
    "ModelBroken",
    "NotFound",
    "NotPublished",
    "Overloaded",
    "PhotoError",
    "PhotoTooLarge",
    "PhotoTypeUnsupported",
    "PhotoUnreadable",
    "PositionInvalid",
    "PositionMissing",
    "PricesBroken",
    "ReleaseGone",
    "RequestError",
    "SettingInvalid",
    "SetupError",
    "SourceBroken",
    "StoreRefused",
    "TooManyRequests",
    "Unauthorized",
    "Unavailable",
    "Waking",
]


class FieldmarkError(Exception):
    """The root: its text says what was wrong, with the value, and what to do."""


class RequestError(FieldmarkError):
    """The request cannot be answered as it was sent."""


class PositionInvalid(RequestError):
    """A position outside WGS 84, or one that is no number."""


class PositionMissing(RequestError):
    """The caller required an area and nothing says where the photo was taken."""


class DateInvalid(RequestError):
    """A date that does not exist or is not written as a date."""


class NotFound(RequestError):
    """Nothing is known by the name that was asked for."""


class Unauthorized(RequestError):
    """A key is needed and none that counts was given."""


class TooManyRequests(RequestError):
    """This client asks more often than it may; ``retry_after_s`` says when it may again."""

    def __init__(self, text: str, retry_after_s: float = 1.0) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class PhotoError(RequestError):
    """The bytes are no photo that Fieldmark can answer."""


class PhotoTooLarge(PhotoError):
    """More bytes, pixels or working memory than a photo may take."""


class PhotoTypeUnsupported(PhotoError):
    """The bytes are not of a type on the allow-list."""


class PhotoUnreadable(PhotoError):
    """The type is accepted and the content is broken."""


class SetupError(FieldmarkError):
    """A needed part is missing, broken or wrongly configured."""


class SettingInvalid(SetupError):
    """A ``FIELDMARK_*`` variable that is unknown or malformed."""


class ModelBroken(SetupError):
    """A model bundle that is missing or not what its manifest says."""


class AtlasBroken(SetupError):
    """An atlas release that is missing, malformed or of another format version."""


class GazetteerBroken(SetupError):
    """A gazetteer that is missing, malformed or of another format version."""


class JournalBroken(SetupError):
    """A journal that is malformed, foreign or of another format version."""


class StoreRefused(SetupError):
    """An object store that has no such bucket, or does not let Fieldmark in."""


class PricesBroken(SetupError):
    """A price file that is malformed, or without a price that is asked for."""


class ExtraMissing(SetupError):
    """A part needs an optional dependency that is not installed."""


class SourceBroken(FieldmarkError):
    """A source of the atlas builder cannot be read; the text names file and line."""


class CheckFailed(FieldmarkError):
    """A release does not hold what a release must hold; nothing was published."""


class Overloaded(FieldmarkError):
    """More photos came than can wait; ``retry_after_s`` says when to try again."""

    def __init__(self, text: str, retry_after_s: float = 1.0) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class Unavailable(FieldmarkError):
    """A dependency did not answer in time; the pipeline goes on without it."""


class Waking(Unavailable):
    """A dependency that sleeps while nobody asks is starting; in half a minute it answers."""


class ReleaseGone(Unavailable):
    """The release that was asked for is not in the store (any more); the one in use is."""


class Full(Unavailable):
    """A dependency that has no room for more; what it holds it still gives."""


class NotPublished(Unavailable):
    """No release was published to the store yet; photos are answered without an area until then."""

"""What is kept of answers, what people say of them, and of photos."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

__all__ = [
    "BlobStore",
    "Entry",
    "Feedback",
    "Journal",
    "Judgement",
    "UploadForm",
    "Uploads",
    "Verdict",
]

Verdict = Literal["right", "wrong", "not_an_animal"]
Judgement = Literal["open", "confirmed", "rejected"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer as the journal keeps it.

    ``document`` is the wire's JSON without coordinates and file name; ``token_sha256`` is the
    hexadecimal hash of the token that deletes it; ``photo_key`` names the photo in the BlobStore,
    None where it is not kept; ``answered_at`` carries its zone.
    """

    id: str
    answered_at: datetime
    document: bytes
    token_sha256: str
    photo_key: str | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person said of an answer, and what a keeper made of it.

    ``taxon_id`` is the animal that the person names, None where none was named; ``taxon_was`` the
    one that the answer named; ``cell`` and ``month`` are the answer's area.
    """

    id: str
    answer_id: str
    said_at: datetime
    verdict: Verdict
    taxon_id: int | None
    taxon_was: int | None
    cell: str | None
    month: int | None
    model: str
    judgement: Judgement = "open"


class Journal(Protocol):
    """What was answered and what people said of it: never a coordinate, never a file name.

    Nothing that was written is changed: feedback stands beside its answer, a judgement beside its
    feedback. Every method raises ``Unavailable`` where the journal cannot be reached.
    """

    def add(self, entry: Entry) -> None:
        """Keep an answer."""
        ...

    def find(self, answer_id: str) -> Entry | None:
        """Return the answer, None where there is none (any more)."""
        ...

    def delete(self, answer_id: str) -> bool:
        """Forget the answer and what was said of it; False where there is none."""
        ...

    def add_feedback(self, feedback: Feedback) -> None:
        """Keep what a person said, beside whatever was said before."""
        ...

    def feedback(self, judgement: Judgement | None = None) -> Sequence[Feedback]:
        """Return what was said, the oldest first; only what stands so judged, where given."""
        ...

    def judge(self, feedback_id: str, judgement: Judgement) -> bool:
        """Add a keeper's judgement, the last one counts; False where there is no such feedback."""
        ...

    def older(self, moment: datetime, limit: int) -> Sequence[Entry]:
        """Return the oldest answers before the moment, the oldest first, at most that many."""
        ...

    def forget_before(self, moment: datetime) -> Sequence[Entry]:
        """Forget the answers that are older, and return them; what was said of them stays.

        What belongs to an answer elsewhere, such as its photo, is best forgotten before: ``older``
        tells which those are.
        """
        ...

    def close(self) -> None:
        """Let go of what is open; calling it twice does no harm."""
        ...


class BlobStore(Protocol):
    """Bytes by key. Keys are lower-case letters, digits, ``-``, ``.`` and single ``/``.

    Every method raises ``Unavailable`` where the store cannot be reached, ``ValueError`` for a key
    that is none.
    """

    def put(self, key: str, data: bytes) -> None:
        """Keep the bytes, whole or not at all, in place of what was there."""
        ...

    def get(self, key: str) -> bytes | None:
        """Return the bytes, None where there are none."""
        ...

    def delete(self, key: str) -> None:
        """Forget the bytes; forgetting what is not there does no harm."""
        ...

    def close(self) -> None:
        """Let go of what is open; calling it twice does no harm."""
        ...


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A form that a browser posts a photo with: ``fields`` first, then the file as ``file``."""

    url: str
    fields: Mapping[str, str]
    key: str
    expires_s: int


class Uploads(Protocol):
    """Photos on their way: they lie here until they are answered, a day at most.

    Every method raises ``Unavailable`` where the store cannot be reached, ``NotFound`` for a key
    that it never gave.
    """

    @property
    def origin(self) -> str:
        """The origin that the forms lead to, as browsers write it."""
        ...

    def form(self, content_type: str, size_bytes: int) -> UploadForm:
        """Return a form for one photo of that type and at most that size."""
        ...

    def put(self, photo: bytes) -> str:
        """Lay a photo down and return its key."""
        ...

    def get(self, key: str) -> bytes | None:
        """Return the photo, None where it is not there (any more).

        Raises:
            PhotoTooLarge: what lies there is larger than a photo may be; it was not read.
        """
        ...

    def delete(self, key: str) -> None:
        """Forget the photo; forgetting what is not there does no harm."""
        ...

    def close(self) -> None:
        """Let go of what is open; calling it twice does no harm."""
        ...

"""Licences of records: one name for each of their many spellings, and which is the strictest.

What a release holds is made from all records together, so it carries every restriction that any of
them carries: BY-SA beside BY-NC makes BY-NC-SA. Sources: the deeds of Creative Commons, and the
spellings found in GBIF downloads, Darwin Core archives, iNaturalist exports and Camtrap DP.
"""

import re
from collections.abc import Iterable
from enum import IntEnum
from typing import Final

__all__ = ["DEFAULT_ALLOWED", "NOTHING", "Licence", "read_licence", "strictest"]


class Licence(IntEnum):
    """Licences in the order of strictness; the value is a code for the engines."""

    CC0 = 0
    PUBLIC_DOMAIN = 1
    BY = 2
    BY_SA = 3
    BY_NC = 4
    BY_NC_SA = 5
    BY_ND = 6
    BY_NC_ND = 7
    UNSTATED = 8
    OTHER = 9

    @property
    def label(self) -> str:
        """As SPDX writes it, without a version, which records of one licence differ in."""
        return _LABELS[self]


_LABELS: Final = {
    Licence.CC0: "CC0-1.0",
    Licence.PUBLIC_DOMAIN: "public domain",
    Licence.BY: "CC-BY",
    Licence.BY_SA: "CC-BY-SA",
    Licence.BY_NC: "CC-BY-NC",
    Licence.BY_NC_SA: "CC-BY-NC-SA",
    Licence.BY_ND: "CC-BY-ND",
    Licence.BY_NC_ND: "CC-BY-NC-ND",
    Licence.UNSTATED: "none stated",
    Licence.OTHER: "other",
}

DEFAULT_ALLOWED: Final = frozenset(Licence) - {Licence.BY_ND, Licence.BY_NC_ND, Licence.OTHER}
"""No derivatives means no atlas; what is unknown may say anything. A file that states no licence
is somebody's own, and the release says so."""

_MAX_CHARS: Final = 500
_PARTS: Final = frozenset({"by", "nc", "sa", "nd"})
_LONG: Final = (
    (r"public\s*domain\s*dedication|publicdomain/zero|\bcc[\s_-]*(0|zero)", " cczero "),
    (r"public\s*domain\s*(mark)?|\bpdm\b", " pdm "),
    (r"non[\s_-]*commercial", " nc "),
    (r"no[\s_-]*deriv(ative)?s?(works)?", " nd "),
    (r"share[\s_-]*alike", " sa "),
    (r"attribution", " by "),
    (r"creative\s*commons|\bcc(?=[\s_-]?by)", " cc "),
)
"""Long forms and codes, in this order, and the word that stands for them."""
NOTHING: Final = frozenset({"", "unspecified", "unknown", "null", "none", "na", "n/a"})
"""What stands, in lower case, where no licence is stated."""

_RESERVED: Final = re.compile(r"all rights reserved|\bcopyright\b|©")


def read_licence(text: str | None) -> Licence:
    """Return the licence that a text means: a code of GBIF, an address, a name, a sentence.

    Examples: ``CC_BY_NC_4_0``, ``CC-BY-NC``, ``http://creativecommons.org/licenses/by/4.0/legalcode``,
    ``Creative Commons Attribution Non Commercial (CC-BY-NC) 4.0 License``.
    """
    plain = (text or "")[:_MAX_CHARS].strip().lower()
    if plain in NOTHING:
        return Licence.UNSTATED
    words = _words(plain)
    if "cczero" in words:
        return Licence.CC0
    if "by" in words and "cc" in words:
        return _of_parts(words)
    if "pdm" in words and not _RESERVED.search(plain):
        return Licence.PUBLIC_DOMAIN
    return Licence.OTHER


def strictest(licences: Iterable[Licence]) -> Licence:
    """Return the licence that holds for all of them together; ``CC0`` for none.

    ``UNSTATED`` restricts nothing that could be named, so it gives way to every stated one but CC0.
    """
    given = set(licences)
    if Licence.OTHER in given:
        return Licence.OTHER
    stated = given - {Licence.UNSTATED}
    parts = {part for licence in stated for part in _parts_of(licence)}
    if parts:
        return _of_parts(parts)
    return max(given, default=Licence.CC0)


def _words(plain: str) -> set[str]:
    for pattern, word in _LONG:
        plain = re.sub(pattern, word, plain)
    return set(re.split(r"[^a-z]+", plain))


def _of_parts(words: Iterable[str]) -> Licence:
    parts = _PARTS.intersection(words) | {"by"}
    if "nd" in parts:
        parts -= {"sa"}
    return next(licence for licence in Licence if _parts_of(licence) == parts)


def _parts_of(licence: Licence) -> set[str]:
    return set(licence.name.lower().split("_")) & _PARTS

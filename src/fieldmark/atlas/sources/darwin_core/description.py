"""What an archive says of itself in words: its title, licence and DOI, in EML.

A description that is missing or broken is no reason to lose the data: it leaves a note.
Source: Ecological Metadata Language 2.1.1 and 2.2, and GBIF's profile of it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from fieldmark.atlas.sources.darwin_core.documents import tree_of, words_of

__all__ = ["Description", "doi_in", "read_description"]

_DOI: Final = re.compile(r"10\.\d{4,9}/[^\s\"'<>&?#]+", re.IGNORECASE)
_LONGEST_WORDS: Final = 500
_IDENTIFIERS: Final = (
    "dataset/alternateIdentifier", "dataset/title", "additionalMetadata/metadata/gbif/citation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Description:
    """What an EML document says; None where it says nothing."""

    title: str | None = None
    doi: str | None = None
    licence: str | None = None


def read_description(content: bytes, where: str) -> Description:
    """Return what an EML document says.

    Raises:
        SourceBroken: it is no well-formed XML.
    """
    root = tree_of(content, where)
    doi = next((found for words in _identifiers(root) if (found := doi_in(words))), None)
    title = words_of(root.find("dataset/title"))
    return Description(title[:_LONGEST_WORDS] or None, doi, _licence(root))


def doi_in(words: str) -> str | None:
    """Return the first DOI in a text, without what ends the sentence."""
    found = _DOI.search(words)
    return found[0].rstrip(".,;:)]}") if found else None


def _identifiers(root: Element) -> Iterator[str]:
    yield root.get("packageId", "")
    for path in _IDENTIFIERS:
        for element in root.findall(path):
            yield element.get("identifier", "")
            yield words_of(element)


def _licence(root: Element) -> str | None:
    """Return the address of the licence where there is one, else its words."""
    for path in ("dataset/licensed/url", "dataset/licensed/identifier"):
        if words := words_of(root.find(path)):
            return words
    rights = root.find("dataset/intellectualRights")
    if rights is None:
        return None
    for link in rights.iter("ulink"):
        if address := link.get("url", "").strip():
            return address
    return words_of(rights)[:_LONGEST_WORDS] or None

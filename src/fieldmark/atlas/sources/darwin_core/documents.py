"""XML of archives → trees of plain names, without any document type.

Expat refuses nothing by itself, so the first sign of a DOCTYPE ends the reading: there are no
entities to expand and nothing outside to fetch. That is all that defusedxml would add, which rests
on the same parser.
"""

from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from fieldmark.errors import SourceBroken

__all__ = ["DOCUMENT_BYTES", "tree_of", "words_of"]

DOCUMENT_BYTES: Final = 8 * 1024**2
"""What a document may have at most; the longest real descriptions have a tenth."""

_DEPTH: Final = 100


def tree_of(content: bytes, where: str) -> Element:
    """Return the document with names of elements and attributes without their namespaces.

    Raises:
        SourceBroken: it is not well-formed, declares a document type or is nested without end.
    """
    grower = _Grower(where)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = grower.refuse
    parser.StartElementHandler = grower.start
    parser.EndElementHandler = grower.end
    parser.CharacterDataHandler = grower.builder.data
    try:
        parser.Parse(content.strip(b" \t\r\n"), True)  # noqa: FBT003
        return grower.builder.close()
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise SourceBroken(f"{where}: is no well-formed XML: {error}") from error


def words_of(element: Element | None) -> str:
    """Return the text of an element and of all in it, with single spaces."""
    return "" if element is None else " ".join(" ".join(element.itertext()).split())


class _Grower:
    def __init__(self, where: str) -> None:
        self.builder = TreeBuilder()
        self._where = where
        self._depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEPTH:
            raise SourceBroken(f"{self._where}: nests more than {_DEPTH} elements")
        own = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        self.builder.start(name.rpartition(" ")[2], own)

    def end(self, name: str) -> None:
        self._depth -= 1
        self.builder.end(name.rpartition(" ")[2])

    def refuse(self, *_: object) -> None:
        raise SourceBroken(
            f"{self._where}: declares a document type, which no archive needs; remove <!DOCTYPE …>"
        )

"""The descriptor of a Darwin Core archive, meta.xml: which files there are and what is in them.

Source: Darwin Core text guide, https://dwc.tdwg.org/text/.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn
from xml.etree.ElementTree import Element

from fieldmark.atlas.sources.darwin_core.documents import tree_of, words_of
from fieldmark.errors import SourceBroken

__all__ = ["Descriptor", "Field", "TextFile", "read_descriptor", "term_name"]

_MOST_COLUMNS: Final = 4096
_MOST_HEADER_LINES: Final = 1000
_NEWLINES: Final = frozenset({"\n", "\r\n", "\r", " ", ""})  # a line end written out is a space
_ESCAPES: Final = {r"\t": "\t", r"\n": "\n", r"\r": "\r", r"\f": "\f", r"\\": "\\", r"\"": '"'}
_ESCAPED: Final = re.compile(r"\\.")
_SEPARATORS: Final = re.compile(r"[/#:]")


@dataclass(frozen=True, slots=True)
class Field:
    """One term: in which column it stands, from 0, and what holds where nothing stands."""

    term: str
    index: int | None
    default: str | None


@dataclass(frozen=True, slots=True)
class TextFile:
    """One table, in one or several files of the same shape.

    ``separator`` is None where the descriptor does not say; ``id_index`` is the column of the
    row's own key in the core, and of the core row's key in an extension.
    """

    row_type: str
    locations: Sequence[str]
    fields: Sequence[Field]
    id_index: int | None
    separator: str | None = None
    quote: str | None = None
    encoding: str | None = None
    header_lines: int = 0

    @property
    def terms(self) -> Mapping[str, Field]:
        """The fields by their terms; the first of a term counts."""
        return {field.term: field for field in reversed(self.fields)}


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What an archive says it holds; ``metadata`` is the file that describes it in words."""

    core: TextFile
    extensions: Sequence[TextFile] = ()
    metadata: str | None = None


def read_descriptor(content: bytes, where: str) -> Descriptor:
    """Return what a meta.xml says.

    Raises:
        SourceBroken: it is no descriptor, or says what cannot be; the text names element and
            attribute.
    """
    root = tree_of(content, where)
    cores = root.findall("core")
    if root.tag not in {"archive", "starArchive"} or len(cores) != 1:
        raise SourceBroken(
            f"{where}: describes no Darwin Core archive: <{root.tag}> with {len(cores)} <core>; "
            "an <archive> has one"
        )
    extensions = [
        _text_file(element, f"{where}: <extension>", "coreid")
        for element in root.findall("extension")
        if element.find("files") is not None  # without files there is nothing of it
    ]
    core = _text_file(cores[0], f"{where}: <core>", "id")
    return Descriptor(core, extensions, root.get("metadata", "").strip() or None)


def term_name(term: str) -> str:
    """Return the last part of a term's address, which is its name.

    Terms of ``dwc/iri/`` hold addresses where those of Darwin Core hold words, so they are others.
    """
    name = _SEPARATORS.split(term.strip())[-1]
    return f"iri {name}" if "/dwc/iri/" in term else name


def _text_file(element: Element, where: str, key: str) -> TextFile:
    locations = [words_of(location) for location in element.findall("files/location")]
    if not any(locations):
        raise SourceBroken(f"{where}: names no file; it needs <files><location>")
    line_end = element.get("linesTerminatedBy", "\n")
    if _plain(line_end) not in _NEWLINES:
        _refuse(where, "linesTerminatedBy", line_end, r"lines end with \n, \r\n or \r")
    return TextFile(
        row_type=term_name(element.get("rowType", "")),
        locations=[location for location in locations if location],
        fields=[_field(field, f"{where}: <field>") for field in element.findall("field")],
        id_index=_index(element.find(key), f"{where}: <{key}>"),
        separator=_character(element, "fieldsTerminatedBy", None, where),
        quote=_character(element, "fieldsEnclosedBy", '"', where),
        encoding=element.get("encoding", "").strip() or None,
        header_lines=_number(element, "ignoreHeaderLines", where, _MOST_HEADER_LINES) or 0,
    )


def _field(element: Element, where: str) -> Field:
    term = element.get("term", "").strip()
    if not term:
        raise SourceBroken(f"{where}: index {element.get('index')!r} has no term")
    return Field(term_name(term), _index(element, where), element.get("default") or None)


def _index(element: Element | None, where: str) -> int | None:
    return None if element is None else _number(element, "index", where, _MOST_COLUMNS - 1)


def _number(element: Element, attribute: str, where: str, most: int) -> int | None:
    stated = element.get(attribute, "").strip()
    if not stated:
        return None
    if not (stated.isascii() and stated.isdigit()) or len(stated) > 9 or int(stated) > most:
        _refuse(where, attribute, stated, f"write a whole number from 0 to {most:,}")
    return int(stated)


def _character(element: Element, attribute: str, absent: str | None, where: str) -> str | None:
    """Return one character; a space is a tab or line end that was written out, so says nothing."""
    stated = element.get(attribute)
    character = _plain(stated) if stated is not None else absent
    if character is None or not character.strip(" "):
        return None
    if len(character) != 1 or not character.isascii() or character in "\r\n":
        _refuse(where, attribute, stated, r"write one ASCII character, such as , or \t")
    return character


def _plain(stated: str) -> str:
    return _ESCAPED.sub(lambda match: _ESCAPES.get(match[0], match[0]), stated)


def _refuse(where: str, attribute: str, stated: str | None, remedy: str) -> NoReturn:
    raise SourceBroken(f"{where}: {attribute} {stated!r}: {remedy}")

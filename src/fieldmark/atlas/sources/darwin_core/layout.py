"""What an archive holds for us: its descriptor, or the one table that needs none."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from fieldmark.atlas.sources.archives import Archive
from fieldmark.atlas.sources.darwin_core.descriptor import (
    Descriptor,
    Field,
    TextFile,
    read_descriptor,
    term_name,
)  # fmt: skip
from fieldmark.atlas.sources.darwin_core.documents import DOCUMENT_BYTES
from fieldmark.atlas.sources.darwin_core.terms import canonical
from fieldmark.atlas.sources.staging import TextShape, column_names
from fieldmark.errors import SourceBroken

__all__ = ["Layout", "found_layout", "is_darwin_core", "is_record_set", "shape_of"]

_DESCRIPTOR: Final = "meta.xml"
_DESCRIPTIONS: Final = ("eml.xml", "metadata.xml")
_DEEPEST: Final = 2
_HEAD_BYTES: Final = 64 * 1024
_BLANK: Final = b"\xef\xbb\xbf \t\r\n"
_RECORD_SET: Final = b"SimpleDarwinRecordSet"
_SEPARATORS: Final = "\t,;|"
_NAMES: Final = frozenset({"scientificName", "species", "genus", "taxonID"})
_PLACE: Final = frozenset({"decimalLatitude", "decimalLongitude"})
_MOST_TABLES: Final = 50


@dataclass(frozen=True, slots=True)
class Layout:
    """The tables of an archive and the documents beside them, as names of its members.

    ``description`` is the EML document of the whole, if there is one; ``datasets`` are those of
    the data sets that a download of GBIF was put together from.
    """

    descriptor: Descriptor
    folder: str
    description: str | None
    datasets: Sequence[str]
    citation: str | None
    notes: Sequence[str]

    def member(self, archive: Archive, location: str) -> str:
        """Return the member that a location in the descriptor means.

        Raises:
            SourceBroken: there is none.
        """
        found = _member(archive, self.folder, location)
        if found is None:
            raise SourceBroken(
                f"{archive.path}: {location}: meta.xml names this file and the archive holds none; "
                "fetch the archive again"
            )
        return found


def is_darwin_core(archive: Archive) -> bool:
    """Tell whether the archive has a descriptor, or one table with Darwin Core's terms.

    Raises:
        SourceBroken: a member cannot be unpacked.
    """
    return bool(_descriptors(archive)) or bool(_tables(archive, _candidates(archive)))


def is_record_set(head: bytes) -> bool:
    """Tell whether a file that begins so holds records as XML.

    Source: Simple Darwin Core, https://dwc.tdwg.org/simple/; iNaturalist's API gives it as .dwc.
    """
    return head.lstrip(_BLANK).startswith(b"<") and _RECORD_SET in head


def found_layout(archive: Archive) -> Layout:
    """Return what the archive holds.

    Raises:
        SourceBroken: it is no Darwin Core archive, or its descriptor cannot be.
    """
    descriptors = _descriptors(archive)
    if len(descriptors) > 1:
        raise SourceBroken(f"{archive.path}: holds several archives: {', '.join(descriptors)}")
    if not descriptors:
        return _simple(archive)
    name = descriptors[0]
    [(_, content)] = archive.contents([name], DOCUMENT_BYTES)
    where = f"{archive.path}: {name}"
    if content is None:
        raise SourceBroken(f"{where}: has more than {DOCUMENT_BYTES:,} bytes; no descriptor has")
    folder = str(PurePosixPath(name).parent).removeprefix(".")
    return _described(archive, read_descriptor(content, where), folder, [])


def shape_of(archive: Archive, member: str, file: TextFile, columns: Sequence[str]) -> TextShape:
    """Return how a table is written; where the descriptor does not say, its first line does.

    Raises:
        SourceBroken: the separator is the quote too.
    """
    separator = file.separator or _separator(_first_line(archive, member), "\t,")
    try:
        return TextShape(separator, file.quote, file.encoding, columns, file.header_lines)
    except ValueError as error:
        raise SourceBroken(f"{archive.path}: {member}: {error}") from error


def _described(
    archive: Archive, descriptor: Descriptor, folder: str, notes: Sequence[str]
) -> Layout:
    stated = descriptor.metadata
    names = ([stated] if stated else []) + list(_DESCRIPTIONS)
    found = [member for name in names if (member := _member(archive, folder, name))]
    if stated and _member(archive, folder, stated) is None:
        notes = [*notes, f"{stated}, which should describe the archive, is missing"]
    below = f"{folder}/dataset/".lstrip("/")
    datasets = [m.name for m in archive.members if m.name.startswith(below) and _is_xml(m.name)]
    citation = _member(archive, folder, "citations.txt")
    return Layout(descriptor, folder, next(iter(found), None), datasets, citation, notes)


def _member(archive: Archive, folder: str, location: str) -> str | None:
    """Return the member at that place, in any case where there is one of the very name."""
    wanted = str(PurePosixPath(folder, location.replace("\\", "/")))
    names = [member.name for member in archive.members]
    alike = [name for name in names if name.casefold() == wanted.casefold()]
    return wanted if wanted in alike else next(iter(alike), None)


def _descriptors(archive: Archive) -> Sequence[str]:
    paths = [PurePosixPath(member.name) for member in archive.members]
    found = [path for path in paths if path.name.casefold() == _DESCRIPTOR]
    least = min((len(path.parts) for path in found), default=_DEEPEST + 1)
    return [str(path) for path in found if len(path.parts) == least <= _DEEPEST]


def _simple(archive: Archive) -> Layout:
    """Return the layout of an archive without a descriptor.

    Source: Darwin Core text guide, 1.3: one table whose first row names terms, and maybe eml.xml.
    """
    candidates = _candidates(archive)
    tables = _tables(archive, candidates)
    if len(tables) != 1:
        found = ", ".join(name for name, _ in tables) or "none"
        raise SourceBroken(
            f"{archive.path}: has no meta.xml, so that one table must have Darwin Core's terms in "
            f"its first line, such as scientificName and decimalLatitude; such are: {found}"
        )
    [(name, file)] = tables
    folder = str(PurePosixPath(name).parent).removeprefix(".")
    others = [other for other in candidates if other != name]
    notes = [f"{other} is no table of Darwin Core and was not read" for other in others]
    return _described(archive, Descriptor(file), folder, notes)


def _candidates(archive: Archive) -> Sequence[str]:
    """Return what may be a table; none where there is more than anybody would look through."""
    names = [member.name for member in archive.members if not _is_xml(member.name)]
    shallow = [name for name in names if len(PurePosixPath(name).parts) <= _DEEPEST]
    return shallow if len(shallow) <= _MOST_TABLES else ()


def _tables(archive: Archive, names: Sequence[str]) -> Sequence[tuple[str, TextFile]]:
    return [(name, file) for name in names if (file := _headed(archive, name)) is not None]


def _headed(archive: Archive, name: str) -> TextFile | None:
    """Return the table whose first line names its terms, None if it does not."""
    line = _first_line(archive, name)
    separator = _separator(line, _SEPARATORS)
    quote = '"' if '"' in line or separator != "\t" else None
    shape = TextShape(separator, quote)
    try:
        header = column_names(lambda: archive.open(name), f"{archive.path}: {name}", shape)
    except SourceBroken:
        return None
    fields = [Field(term_name(column), index, None) for index, column in enumerate(header)]
    terms = {term for field in fields if (term := canonical(field.term))}
    if not (terms >= _PLACE and terms & _NAMES):
        return None
    location = PurePosixPath(name).name
    return TextFile("Occurrence", [location], fields, None, separator, quote, None, 1)


def _first_line(archive: Archive, name: str) -> str:
    with archive.open(name) as stream:
        return stream.read(_HEAD_BYTES).lstrip(b"\r\n").split(b"\n", 1)[0].decode("latin-1")


def _separator(line: str, choices: str) -> str:
    """Return the separator that the line holds most of; a tab where it holds any."""
    return "\t" if "\t" in line else max(choices[1:], key=line.count)


def _is_xml(name: str) -> bool:
    return name.casefold().endswith(".xml")

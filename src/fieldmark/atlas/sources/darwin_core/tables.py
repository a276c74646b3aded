"""The tables of an archive → Parquet, and what was noticed in them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from fieldmark.atlas.sources.archives import Archive
from fieldmark.atlas.sources.darwin_core.descriptor import Descriptor, TextFile
from fieldmark.atlas.sources.darwin_core.layout import Layout, shape_of
from fieldmark.atlas.sources.darwin_core.terms import Columns, columns_of
from fieldmark.atlas.sources.occurrences import Staged
from fieldmark.atlas.sources.staging import stage_text
from fieldmark.errors import SourceBroken

__all__ = ["Table", "notes_on", "occurrence_tables", "staged_table"]

_OCCURRENCE: Final = "occurrence"
_SIMPLE: Final = "simpledarwinrecord"
_DATUM: Final = "geodeticDatum"
_NEAR_WGS84: Final = ("wgs84", "wgs1984", "4326", "worldgeodeticsystem1984", "etrs89", "4258",
                      "nad83", "4269", "gda94", "4283", "gda2020", "7844", "sirgas2000", "4674",
                      "nzgd2000", "4167", "jgd2000", "4612")  # fmt: skip
"""Datums that agree with WGS 84 within some metres."""

_NOT_STATED: Final = ("", "notrecorded", "unknown", "unspecified", "na", "none", "notspecified")
_LISTED: Final = 3
_MOST_DATUMS: Final = 1000


@dataclass(frozen=True, slots=True)
class Table:
    """One table of an archive that was staged, in one file or several."""

    staged: Sequence[Staged]
    columns: Columns

    @property
    def paths(self) -> Sequence[str]:
        """The Parquet files."""
        return [str(each.path) for each in self.staged]

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return sum(each.rows for each in self.staged)

    @property
    def unreadable(self) -> int:
        """How many rows could not be read."""
        return sum(each.unreadable for each in self.staged)


def occurrence_tables(where: str, descriptor: Descriptor) -> tuple[TextFile, TextFile | None]:
    """Return the table of occurrences, and the core that its rows belong to if it is another.

    Raises:
        SourceBroken: the archive lists no occurrences.
    """
    core = descriptor.core
    if core.row_type.casefold() in {_OCCURRENCE, _SIMPLE, ""}:
        return core, None
    for extension in descriptor.extensions:
        if extension.row_type.casefold() == _OCCURRENCE:
            if extension.id_index is None or core.id_index is None:
                raise SourceBroken(
                    f"{where}: meta.xml: nothing says which {core.row_type} an occurrence belongs "
                    'to; <core> needs <id index="…"/>, <extension> needs <coreid index="…"/>'
                )
            return extension, core
    what = "taxa" if core.row_type == "Taxon" else f"rows of {core.row_type}"
    raise SourceBroken(
        f"{where}: lists {what} and no occurrences ({', '.join(core.locations)}); an atlas is made "
        "from an archive whose core or extension is Occurrence"
    )


def staged_table(archive: Archive, layout: Layout, file: TextFile, into: Path, name: str) -> Table:
    """Read a table to its end and leave it in that folder.

    Raises:
        SourceBroken: the table is not what the descriptor says.
        OSError: the disk is full.
    """
    names, columns = columns_of(file)
    keep = {column: column for column in columns.by_term.values()}
    staged = []
    for number, location in enumerate(file.locations):
        member = layout.member(archive, location)
        staged.append(
            stage_text(
                partial(archive.open, member),
                f"{archive.path}: {member}",
                shape_of(archive, member, file, names),
                into / f"{name}-{number}.parquet",
                keep,
            )
        )
    return Table(staged, columns)


def notes_on(table: Table) -> Iterator[str]:
    """Yield what whoever uses the table should know: rows that were lost, and other datums."""
    if table.unreadable:
        examples = [example for each in table.staged for example in each.examples]
        yield f"{table.unreadable:,} rows could not be read: {'; '.join(examples[:_LISTED])}"
    if note := _datum_note(table):
        yield note


def _datum_note(table: Table) -> str | None:
    counts = _datums(table)
    others = {stated: count for stated, count in counts.items() if not _is_near_wgs84(stated)}
    if not others:
        return None
    most = sorted(others, key=lambda stated: (-others[stated], stated))[:_LISTED]
    return (
        f"{sum(others.values()):,} rows state a geodetic datum that is not WGS 84 "
        f"({', '.join(most)}); their coordinates are used as they are, which may be some hundred "
        "metres off"
    )


def _datums(table: Table) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    column = table.columns.by_term.get(_DATUM)
    default = table.columns.defaults.get(_DATUM, "")
    if column is None:
        return {default: table.rows} if default else {}
    for path in table.paths:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(columns=[column]):
                for entry in batch.column(0).value_counts().to_pylist():
                    stated = entry["values"] or default
                    if stated in counts or len(counts) < _MOST_DATUMS:
                        counts[stated] += entry["counts"]
    return counts


def _is_near_wgs84(stated: str) -> bool:
    plain = "".join(letter for letter in stated.casefold() if letter.isalnum())
    return plain in _NOT_STATED or any(name in plain for name in _NEAR_WGS84)

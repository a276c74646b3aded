"""``ranges.csv``: ranges written by hand, painted onto cells.

A comma-separated file in UTF-8 with this header; docs/ranges.md describes each column::

    taxon_id,taxon,places,south,west,north,east,origin,frequency,months,note

The rows of one taxon apply in file order, and a later one overwrites an earlier one where they
overlap in place and months (the painter's algorithm); ``absent`` erases. They are painted on
points, 49 to a cell, and settled into cells in the end, so that two strokes that meet inside a cell
leave no gap: a cell has the highest frequency that at least half of its land, or of its sea, has.
A taxon whose rows are all ``absent`` lives nowhere any more; the atlas then does not judge it.
"""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NoReturn, Self

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.geography import Box, Geography, UnknownPlace
from fieldmark.atlas.sources.evidence import Evidence
from fieldmark.atlas.sources.formats import Sample
from fieldmark.atlas.taxa import Taxa
from fieldmark.atlas_format import QUANTA
from fieldmark.domain.area import MONTHS
from fieldmark.domain.months import months_of
from fieldmark.errors import SourceBroken

__all__ = ["FREQUENCIES", "HEADER", "RangeRow", "RangeTable", "paint", "read_rows"]

HEADER: Final = (
    "taxon_id", "taxon", "places", "south", "west", "north", "east",
    "origin", "frequency", "months", "note",
)  # fmt: skip

FREQUENCIES: Final = {"common": 1.0, "uncommon": 0.5, "rare": 0.15, "absent": 0.0}
"""The occurrence that each word stands for: how likely someone who looks for the animal in the
right habitat of the cell finds it. ``rare`` lies above ``expected_from``, so it is expected."""

_LEVELS: Final = tuple(sorted(FREQUENCIES, key=lambda word: FREQUENCIES[word]))
_POINT_SPACING_DEG: Final = 0.2
_ORIGINS: Final = ("native", "introduced")
_DIGEST_LENGTH: Final = 12
_BOM: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class RangeRow:
    """One stroke of the brush; ``months`` are 0 to 11, ``where`` is file and line."""

    where: str
    taxon_id: int
    places: tuple[str, ...]
    clip: Box
    frequency: str
    months: tuple[int, ...]


class RangeTable:
    """A sources.Source: one file in the format of this module."""

    SIGN: Final = f"ranges.csv, which begins with the line {','.join(HEADER)}"

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """Return the source that a file is."""
        return cls(Path(sample.address))

    @staticmethod
    def fits(sample: Sample) -> bool:
        """Tell whether a file that begins so is in this format."""
        first = sample.head.split(b"\n", 1)[0].decode("utf-8", "replace")
        return first.strip().removeprefix(_BOM) == ",".join(HEADER)

    @property
    def name(self) -> str:
        """See sources.Source. The digest says which version of the file it was."""
        digest = hashlib.sha256(self._path.read_bytes()).hexdigest()
        return f"{self._path.name} sha256:{digest[:_DIGEST_LENGTH]}"

    def evidence(self, geography: Geography, taxa: Taxa) -> Evidence:
        """See sources.Source."""
        strokes: dict[int, list[RangeRow]] = defaultdict(list)
        for row in read_rows(self._path, taxa):
            strokes[row.taxon_id].append(row)
        if not strokes:
            raise SourceBroken(f"{self._path} holds no row; write one range at least")
        return Evidence.joined([paint(strokes[id_], geography) for id_ in sorted(strokes)])


def read_rows(path: Path, taxa: Taxa) -> Iterator[RangeRow]:
    """Yield the rows of the file in order.

    Raises:
        SourceBroken: the file cannot be read, or a row is not what it should be.
    """
    line = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines, strict=True)
            _require_header(path, next(reader, []))
            for cells in reader:
                line = reader.line_num
                if cells:
                    yield _row(f"{path}:{line}", cells, taxa)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceBroken(f"{path}:{line}: cannot be read further: {error}") from error


def paint(rows: Sequence[RangeRow], geography: Geography) -> Evidence:
    """Return where one taxon occurs, by its rows in file order.

    Raises:
        SourceBroken: a place is unknown, a row holds nothing, or nothing is left in the end.
    """
    strokes = [(row, _points(row, geography)) for row in rows]
    parts = []
    for months in _alike(rows):
        levels = np.zeros(geography.grid.points.size, dtype=np.uint8)
        for row, points in strokes:
            if months[0] in row.months:
                levels[points] = _LEVELS.index(row.frequency)
        for frequency, cells in _settled(levels, geography):
            parts.append(
                _evidence(rows[0].taxon_id, geography.grid.cells[cells], months, frequency)
            )
    return _painted(rows, parts)


def _painted(rows: Sequence[RangeRow], parts: list[Evidence]) -> Evidence:
    evidence = Evidence.joined(parts)
    if evidence.cell.size:
        return evidence
    if all(row.frequency == "absent" for row in rows):
        return replace(evidence, nowhere=frozenset({rows[0].taxon_id}))
    raise SourceBroken(
        f"{rows[-1].where}: nothing is left of the range of taxon {rows[0].taxon_id}; "
        "its last rows erase all that the others paint"
    )


def _points(row: RangeRow, geography: Geography) -> NDArray[np.int64]:
    try:
        points = geography.points(row.places, row.clip)
        if not points.size:  # a clip between two points still means the nearest ones
            points = geography.points(row.places, row.clip.widened(_POINT_SPACING_DEG))
    except UnknownPlace as error:
        raise SourceBroken(f"{row.where}: column places: {error}") from error
    if not points.size:
        raise SourceBroken(
            f"{row.where}: column places: {';'.join(row.places)!r} holds nothing within "
            f"{row.clip}; widen the clip or name the place that is meant"
        )
    return points if row.frequency == "absent" else geography.grown(points)


def _alike(rows: Sequence[RangeRow]) -> Iterator[tuple[int, ...]]:
    """Yield the months in groups that no row tells apart."""
    alike: dict[tuple[bool, ...], list[int]] = defaultdict(list)
    for month in range(MONTHS):
        alike[tuple(month in row.months for row in rows)].append(month)
    yield from map(tuple, alike.values())


def _settled(
    levels: NDArray[np.uint8], geography: Geography
) -> Iterator[tuple[str, NDArray[np.intp]]]:
    """Yield each frequency with its cells: half of their points are at least so common."""
    taken = np.zeros(geography.grid.cells.size, dtype=bool)
    for level in range(len(_LEVELS) - 1, 0, -1):
        held = geography.holders(np.flatnonzero(levels >= level)) & ~taken
        taken |= held
        yield _LEVELS[level], np.flatnonzero(held)


def _evidence(
    taxon_id: int, cells: NDArray[np.int64], months: Sequence[int], frequency: str
) -> Evidence:
    bits = sum(1 << month for month in months)
    return Evidence(
        np.full(cells.size, taxon_id, dtype=np.int32),
        cells,
        np.full(cells.size, bits, dtype=np.int16),
        np.full(cells.size, round(FREQUENCIES[frequency] * QUANTA), dtype=np.int32),
    )


def _require_header(path: Path, header: Sequence[str]) -> None:
    if tuple(header) != HEADER:
        raise SourceBroken(
            f"{path}:1: the header must be {','.join(HEADER)!r}, not {','.join(header)!r}"
        )


def _row(where: str, cells: Sequence[str], taxa: Taxa) -> RangeRow:
    if len(cells) != len(HEADER):
        raise SourceBroken(
            f"{where}: {len(cells)} columns instead of {len(HEADER)}; "
            "put a value that holds a comma in double quotes"
        )
    row = dict(zip(HEADER, (cell.strip() for cell in cells), strict=True))
    _choice(where, row, "origin", _ORIGINS)
    return RangeRow(
        where=where,
        taxon_id=_taxon_id(where, row, taxa),
        places=_places(where, row),
        clip=_clip(where, row),
        frequency=_choice(where, row, "frequency", tuple(FREQUENCIES)),
        months=_months(where, row),
    )


def _taxon_id(where: str, row: Mapping[str, str], taxa: Taxa) -> int:
    try:
        taxon = taxa.by_id[int(row["taxon_id"])]
    except (ValueError, KeyError):
        _refuse(where, row, "taxon_id", "give the iNaturalist id of a taxon in labels.csv")
    if row["taxon"] != taxon.scientific_name:
        _refuse(where, row, "taxon", f"taxon {taxon.id} is {taxon.scientific_name!r}")
    return taxon.id


def _places(where: str, row: Mapping[str, str]) -> tuple[str, ...]:
    places = tuple(place.strip() for place in row["places"].split(";") if place.strip())
    return places or _refuse(where, row, "places", "name one place at least")


def _clip(where: str, row: Mapping[str, str]) -> Box:
    sides = ("south", "west", "north", "east")
    for side in sides:
        try:
            float(row[side] or "0")
        except ValueError:
            _refuse(where, row, side, "give decimal degrees, or nothing")
    try:
        return Box.read(*(row[side] for side in sides))
    except ValueError as error:
        raise SourceBroken(f"{where}: columns south to east: {error}") from error


def _months(where: str, row: Mapping[str, str]) -> tuple[int, ...]:
    try:
        return months_of(row["months"])
    except ValueError as error:
        _refuse(where, row, "months", str(error))


def _choice(where: str, row: Mapping[str, str], column: str, words: Sequence[str]) -> str:
    if row[column] not in words:
        _refuse(where, row, column, f"write {', '.join(words[:-1])} or {words[-1]}")
    return row[column]


def _refuse(where: str, row: Mapping[str, str], column: str, remedy: str) -> NoReturn:
    raise SourceBroken(f"{where}: column {column}: {row[column]!r}: {remedy}")

"""Checklists: areas that somebody drew, and which species occur in each.

The areas are GeoJSON. The species of an area stand in its property ``species`` (a list of names, or
of objects ``{"taxon", "frequency", "months"}``), or in a table of the same name beside the file
that ends in ``.csv``, with the header ``area,taxon`` and, if wanted, ``frequency`` and ``months``.
A taxon is a scientific name or an iNaturalist id; frequency and months are those of ``ranges.csv``.
An area holds the cells that it has half of, or the one it has most of, as places of ranges do.
"""

import csv
import difflib
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.geography import Geography
from fieldmark.atlas.geography.outlines import Outline
from fieldmark.atlas.sources.areas import Area, is_geojson, read_areas
from fieldmark.atlas.sources.evidence import Evidence
from fieldmark.atlas.sources.formats import Sample
from fieldmark.atlas.sources.occurrences import Provenance
from fieldmark.atlas.sources.ranges import FREQUENCIES
from fieldmark.atlas.sources.scientific_names import Matcher, by_scientific_name
from fieldmark.atlas.taxa import Taxa
from fieldmark.atlas_format import QUANTA
from fieldmark.domain.months import months_of
from fieldmark.errors import SourceBroken

__all__ = ["Checklist", "Listing"]

_DEFAULT: Final = "uncommon"
"""What a list that does not say how often means: found in half of the searches."""

_PROPERTIES: Final = ("species", "taxa")
_COLUMNS: Final = frozenset({"area", "taxon", "frequency", "months"})
_MOST_TABLE_BYTES: Final = 256 * 2**20
_DIGEST_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Listing:
    """One line of a checklist; ``months`` are bits 0 to 11, ``quanta`` how often it is found."""

    taxon: str
    months: int
    quanta: int


class Checklist:
    """A sources.Source: one GeoJSON file, with the table beside it where there is one."""

    SIGN: Final = "a checklist: a GeoJSON FeatureCollection of areas with their species"

    def __init__(self, path: Path, match: Matcher = by_scientific_name) -> None:
        self._path = path
        self._table = path.with_suffix(".csv")
        self._match = match

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """Return the source that a file is."""
        return cls(Path(sample.address))

    @staticmethod
    def fits(sample: Sample) -> bool:
        """Tell whether a file that begins so is in this format."""
        return not sample.members and is_geojson(sample.head)

    @property
    def name(self) -> str:
        """See sources.Source. The digest says which version of the file it was."""
        digest = hashlib.sha256(self._path.read_bytes())
        if self._table.exists():
            digest.update(self._table.read_bytes())
        return f"{self._path.name} sha256:{digest.hexdigest()[:_DIGEST_LENGTH]}"

    @property
    def provenance(self) -> Provenance:
        """Where the lists come from; ``notes`` say what was made of outlines that are not sound.

        Raises:
            SourceBroken: an area is none.
        """
        notes = [
            f"{area.where}: {note}"
            for area in self._areas
            for outline in area.outlines
            for note in outline.notes
        ]
        return Provenance(title=self._path.name, notes=tuple(notes))

    def unmatched(self, taxa: Taxa) -> Sequence[str]:
        """Return the names of the lists that are no taxon's, each once, in order.

        Raises:
            SourceBroken: an area or a list is none.
        """
        matched = self._taxon_ids(taxa)
        return [name for name in self.names if name not in matched]

    @property
    def names(self) -> Sequence[str]:
        """See evidence.NamingSource."""
        return list(dict.fromkeys(one.taxon for list_ in self._lists.values() for one in list_))

    def evidence(self, geography: Geography, taxa: Taxa) -> Evidence:
        """See sources.Source."""
        matched = self._taxon_ids(taxa)
        if not matched:
            raise SourceBroken(
                f"{self._path}: no name of its lists is a taxon of labels.csv; write scientific "
                "names, or name a folder of taxa that holds them with --taxa"
            )
        outlines: dict[str, list[Outline]] = defaultdict(list)
        for area in self._areas:
            outlines[area.name] += area.outlines
        parts: list[Evidence] = []
        for name, listed in self._lists.items():
            points = np.concatenate([line.points(geography.grid) for line in outlines[name]])
            held = geography.holders(geography.grown(points))
            parts.append(_evidence(listed, matched, geography.grid.cells[held]))
        return Evidence.joined(parts)

    @cached_property
    def _areas(self) -> list[Area]:
        return read_areas(self._path)

    @cached_property
    def _lists(self) -> Mapping[str, Sequence[Listing]]:
        """The listings by name of area, areas without any left out."""
        lists: dict[str, list[Listing]] = defaultdict(list)
        for area in self._areas:
            lists[area.name] += list(_own(area))
        if self._table.exists():
            for where, row in _rows(self._table):
                _require_area(where, row["area"], lists)
                lists[row["area"]].append(_listing(where, row))
        told = {name: listed for name, listed in lists.items() if listed}
        if not told:
            raise SourceBroken(
                f"{self._path}: no area has the property species, and no {self._table.name} lies "
                "beside it with the columns area,taxon"
            )
        return told

    def _taxon_ids(self, taxa: Taxa) -> Mapping[str, int]:
        names = self.names
        by_number = {name: int(name) for name in names if name.isascii() and name.isdigit()}
        known = {name: id_ for name, id_ in by_number.items() if id_ in taxa.by_id}
        return {**self._match(names, taxa), **known}


def _own(area: Area) -> Iterator[Listing]:
    """Yield what the properties of an area list."""
    listed: Any = next((area.properties[key] for key in _PROPERTIES if key in area.properties), [])
    if not isinstance(listed, list):
        raise SourceBroken(f"{area.where}: species is {str(listed)[:60]!r}; write a list of names")
    for number, entry in enumerate(listed, 1):
        row = entry if isinstance(entry, dict) else {"taxon": entry}
        yield _listing(f"{area.where}: species {number}", row)


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the rows of the table beside the areas, each with its file and line."""
    line = 1
    try:
        if path.stat().st_size > _MOST_TABLE_BYTES:
            raise SourceBroken(f"{path} has more than {_MOST_TABLE_BYTES:,} bytes; split it")
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines, strict=True)
            header = [name.strip().lower() for name in next(reader, [])]
            if not {"area", "taxon"} <= set(header) <= _COLUMNS:
                raise SourceBroken(
                    f"{path}:1: the header must be area,taxon and, if wanted, frequency,months; "
                    f"not {','.join(header)!r}"
                )
            for cells in reader:
                line = reader.line_num
                if cells:
                    yield f"{path}:{line}", _row(f"{path}:{line}", header, cells)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceBroken(f"{path}:{line}: cannot be read further: {error}") from error


def _row(where: str, header: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    if len(cells) != len(header):
        raise SourceBroken(
            f"{where}: {len(cells)} columns instead of {len(header)}; "
            "put a value that holds a comma in double quotes"
        )
    return dict(zip(header, (cell.strip() for cell in cells), strict=True))


def _require_area(where: str, name: str, lists: Mapping[str, Any]) -> None:
    if name not in lists:
        near = difflib.get_close_matches(name, list(lists), n=1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise SourceBroken(f"{where}: column area: no area is called {name!r}{meant}")


def _listing(where: str, row: Mapping[str, Any]) -> Listing:
    taxon, frequency, months = (
        "" if row.get(key) is None else str(row[key]).strip()
        for key in ("taxon", "frequency", "months")
    )
    if not taxon:
        raise SourceBroken(f"{where}: no taxon; write a scientific name or an iNaturalist id")
    try:
        bits = sum(1 << month for month in months_of(months))
    except ValueError as error:
        raise SourceBroken(f"{where}: months: {months!r}: {error}") from error
    return Listing(taxon, bits, round(_occurrence(where, frequency or _DEFAULT) * QUANTA))


def _occurrence(where: str, frequency: str) -> float:
    try:
        share = FREQUENCIES[frequency] if frequency in FREQUENCIES else float(frequency)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        words = ", ".join(FREQUENCIES)
        raise SourceBroken(
            f"{where}: frequency: {frequency!r}: write {words} or a number from 0 to 1"
        )
    return share


def _evidence(
    listed: Iterable[Listing], matched: Mapping[str, int], cells: NDArray[np.int64]
) -> Evidence:
    """Return the rows of one area: each taxon of the list in each cell."""
    rows = sorted(
        {(matched[one.taxon], one.months, one.quanta) for one in listed if one.taxon in matched}
    )
    ids, months, quanta = np.array(rows, dtype=np.int32).reshape(-1, 3).T
    return Evidence(
        np.repeat(ids, cells.size),
        np.tile(cells, ids.size),
        np.repeat(months.astype(np.int16), cells.size),
        np.repeat(quanta, cells.size),
    )

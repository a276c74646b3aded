"""What a release must hold before it is published. A release that fails is never seen by anyone.

Each check yields what it finds wrong, in words; the checks read the finished file, as stores will.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.content import ReleaseContent, read_content
from fieldmark.atlas_format import QUANTA, unpack_range, unpack_record
from fieldmark.domain.area import MONTHS, CellRecord
from fieldmark.errors import AtlasBroken, CheckFailed

__all__ = ["MAX_LIST", "check_content", "check_file"]

MAX_LIST: Final = 20_000
"""Taxa in one cell: more than any place on earth has of vertebrates and butterflies together."""

_SHOWN: Final = 10
_ROUNDING: Final = 2.0 / QUANTA
_MONTH_BITS: Final = 1 << np.arange(MONTHS, dtype=np.int64)


@dataclass(frozen=True)
class Opened:
    """A release with its records unpacked, and the taxa that it must not lack."""

    content: ReleaseContent
    required: Collection[int]

    @cached_property
    def records(self) -> list[CellRecord]:
        """In the order of the content."""
        return [unpack_record(packed) for packed in self.content.records]

    @cached_property
    def cells(self) -> dict[int, CellRecord]:
        """The record of each cell."""
        return {cell: self.records[number] for cell, number in self.content.cells.items()}

    @cached_property
    def ranges(self) -> dict[int, dict[int, int]]:
        """Cells and month bits by taxon."""
        return {id_: unpack_range(packed) for id_, packed in self.content.ranges.items()}

    def at(self, level: int) -> dict[int, CellRecord]:
        """Return the cells of one resolution."""
        return {c: r for c, r in self.cells.items() if h3.get_resolution(c) == level}

    @cached_property
    def base(self) -> dict[int, CellRecord]:
        """The cells of the base resolution."""
        return self.at(self.content.release.resolution)


def check_file(path: Path, required: Collection[int] = ()) -> None:
    """Check a release file.

    Raises:
        CheckFailed: the release lacks something; the text lists what.
    """
    try:
        content = read_content(path)
    except AtlasBroken as error:
        raise CheckFailed(f"the release is not readable: {error}") from error
    check_content(content, required)


def check_content(content: ReleaseContent, required: Collection[int] = ()) -> None:
    """Check a release; ``required`` are ids of taxa that must have a range.

    Raises:
        CheckFailed: the release lacks something; the text lists what.
    """
    opened = Opened(content, required)
    problems: list[str] = []
    for check in _CHECKS:
        try:
            problems += check(opened)
        except AtlasBroken as error:
            problems.append(str(error))
        if problems:  # what follows builds on what held so far
            raise CheckFailed(_listed(content.release.name, problems))


def _listed(name: str, problems: list[str]) -> str:
    shown = problems[:_SHOWN]
    if len(problems) > _SHOWN:
        shown.append(f"and {len(problems) - _SHOWN} more")
    return f"release {name} was not published:" + "".join(f"\n  - {line}" for line in shown)


def _says_what_it_is(opened: Opened) -> Iterator[str]:
    release = opened.content.release
    for key in ("name", "licence", "built_on"):
        if not getattr(release, key).strip():
            yield f"its {key} is empty"
    if not release.sources:
        yield "it names no source"
    if not 0.0 < release.expected_from <= 1.0:
        yield f"expected_from is {release.expected_from}; it must lie above 0 and up to 1"
    if not 0 <= release.coarsest <= release.resolution:
        yield f"resolution {release.resolution} and coarsest {release.coarsest} do not fit"


def _is_not_empty(opened: Opened) -> Iterator[str]:
    if not opened.content.taxa:
        yield "it holds no taxon"
    if not opened.content.cells:
        yield "it holds no cell"


def _cells_are_cells(opened: Opened) -> Iterator[str]:
    release = opened.content.release
    levels = range(release.coarsest, release.resolution + 1)
    for cell in opened.content.cells:
        if not h3.is_valid_cell(cell) or h3.get_resolution(cell) not in levels:
            yield f"{cell:x} is no H3 cell of resolution {levels[0]} to {levels[-1]}"


def _records_are_sound(opened: Opened) -> Iterator[str]:
    known = opened.content.release.known
    for number, record in enumerate(opened.records):
        size = record.taxon_ids.size
        if not 1 <= size <= MAX_LIST:
            yield f"record {number} lists {size} taxa; 1 to {MAX_LIST} are possible"
        if not np.isin(record.taxon_ids, known).all():
            yield f"record {number} lists taxa that the release does not know"
        if not (record.occurrence.max(axis=1, initial=0.0) > 0.0).all():
            yield f"record {number} lists taxa that never occur"
    if set(opened.content.cells.values()) != set(range(len(opened.records))):
        yield "records that no cell points at, or cells that point at none"


def _every_taxon_has_a_range(opened: Opened) -> Iterator[str]:
    known = set(opened.content.release.known.tolist())
    for taxon in opened.content.taxa:
        if not opened.ranges.get(taxon.id):
            yield f"taxon {taxon.id} ({taxon.scientific_name}) has no range"
    for id_ in sorted(set(opened.ranges) - known):
        yield f"range of taxon {id_}, which the release does not know"
    for id_ in sorted(set(opened.required) - known):
        yield f"taxon {id_} must be in the release and is not: give it a range"


def _ranges_say_what_records_say(opened: Opened) -> Iterator[str]:
    said: dict[int, dict[int, int]] = {id_: {} for id_ in opened.ranges}
    for cell, record in opened.base.items():
        months = (record.occurrence > 0.0) @ _MONTH_BITS
        for id_, bits in zip(record.taxon_ids.tolist(), months.tolist(), strict=True):
            said.setdefault(id_, {})[cell] = bits
    for id_, cells in opened.ranges.items():
        if cells != said[id_]:
            yield f"the range of taxon {id_} differs from its records"


def _best_is_the_highest(opened: Opened) -> Iterator[str]:
    known = opened.content.release.known
    highest = np.zeros(known.size, dtype=np.float32)
    for record in opened.base.values():
        rows = np.searchsorted(known, record.taxon_ids)
        np.maximum.at(highest, rows, record.occurrence.max(axis=1))
    for number, record in enumerate(opened.records):
        if not np.array_equal(record.best, highest[np.searchsorted(known, record.taxon_ids)]):
            yield f"record {number} has a best that is not the highest of its taxon anywhere"


def _coarser_cells_are_means(opened: Opened) -> Iterator[str]:
    release = opened.content.release
    known = release.known
    for level in range(release.coarsest, release.resolution):
        sums: dict[int, NDArray[np.float64]] = {}
        for cell, record in opened.base.items():
            parent = h3.cell_to_parent(cell, level)
            total = sums.setdefault(parent, np.zeros((known.size, MONTHS)))
            total[np.searchsorted(known, record.taxon_ids)] += record.occurrence
        coarse = opened.at(level)
        if coarse.keys() != sums.keys():
            yield f"the cells of resolution {level} are not those that hold the base cells"
            continue
        for cell, total in sums.items():
            mean = total / h3.cell_to_children_size(cell, release.resolution)
            if not _same(coarse[cell], mean, known):
                yield f"cell {cell:x} is not the mean of the base cells in it"


def _same(record: CellRecord, mean: NDArray[np.float64], known: NDArray[np.int32]) -> bool:
    stated = np.zeros_like(mean)
    stated[np.searchsorted(known, record.taxon_ids)] = record.occurrence
    return bool(np.abs(stated - mean).max(initial=0.0) <= _ROUNDING)


_CHECKS: Final[tuple[Callable[[Opened], Iterator[str]], ...]] = (
    _says_what_it_is,
    _is_not_empty,
    _cells_are_cells,
    _records_are_sound,
    _every_taxon_has_a_range,
    _ranges_say_what_records_say,
    _best_is_the_highest,
    _coarser_cells_are_means,
)

"""What a release must hold before it is published. A release that fails is never seen by anyone.

Each check yields what it finds wrong, in words; the checks read the finished file, as stores will.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.content import ReleaseContent, read_content
from fieldmark.atlas.range_digests import digest_of
from fieldmark.atlas.record_facts import RecordFacts
from fieldmark.atlas_format import QUANTA, parents_of, unpack_cells, unpack_record
from fieldmark.domain.area import MONTHS, CellRecord
from fieldmark.errors import AtlasBroken, CheckFailed

__all__ = ["check_content", "check_file"]

_SHOWN: Final = 10
_ROUNDING: Final = 2.0 / QUANTA


@dataclass(frozen=True)
class Opened:
    """A release whose records are unpacked one at a time, and the taxa that it must not lack."""

    content: ReleaseContent
    required: Collection[int]

    def record_of(self, cell: int) -> CellRecord:
        """Return the record of a cell."""
        return unpack_record(self.content.records[self.content.cells[cell]])

    @cached_property
    def ranges(self) -> dict[int, tuple[int, int]]:
        """The digest of the range of each taxon."""
        ranges = self.content.ranges
        return {id_: digest_of(*unpack_cells(packed)) for id_, packed in ranges.items()}

    @cached_property
    def facts(self) -> RecordFacts:
        """What its records say, all of them."""
        return RecordFacts(self.content, self.base)

    @cached_property
    def levels(self) -> dict[int, NDArray[np.int64]]:
        """The cells of each resolution, ascending."""
        cells = np.array(sorted(self.content.cells), dtype=np.int64)
        resolutions = np.array([h3.get_resolution(cell) for cell in cells.tolist()])
        every = range(self.content.release.resolution + 1)
        return {level: cells[resolutions == level] for level in every}

    @property
    def base(self) -> NDArray[np.int64]:
        """The cells of the base resolution, ascending."""
        return self.levels[self.content.release.resolution]


def check_file(
    path: Path, required: Collection[int] = (), folder: Path | None = None
) -> ReleaseContent:
    """Check a release file and return what it holds; for ``folder`` see ``read_content``.

    Raises:
        CheckFailed: the release lacks something; the text lists what.
    """
    try:
        content = read_content(path, folder)
    except AtlasBroken as error:
        raise CheckFailed(f"the release is not readable: {error}") from error
    check_content(content, required)
    return content


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
    yield from opened.facts.faults
    if set(opened.content.cells.values()) != set(range(len(opened.content.records))):
        yield "records that no cell points at, or cells that point at none"


def _every_taxon_has_a_range(opened: Opened) -> Iterator[str]:
    known = set(opened.content.release.known.tolist())
    for taxon in opened.content.taxa:
        if not opened.ranges.get(taxon.id, (0, 0))[0]:
            yield f"taxon {taxon.id} ({taxon.scientific_name}) has no range"
    for id_ in sorted(set(opened.ranges) - known):
        yield f"range of taxon {id_}, which the release does not know"
    for id_ in sorted(set(opened.required) - known):
        yield f"taxon {id_} must be in the release and is not: give it a range"


def _ranges_say_what_records_say(opened: Opened) -> Iterator[str]:
    said = opened.facts.ranges
    for id_, digest in opened.ranges.items():
        if digest != said[id_]:
            yield f"the range of taxon {id_} differs from its records"


def _best_is_the_highest(opened: Opened) -> Iterator[str]:
    for id_ in opened.facts.taxa_of_other_best:
        yield f"taxon {id_} has a best that is not the highest anywhere"


def _coarser_cells_are_means(opened: Opened) -> Iterator[str]:
    """Check coarser cells; where effort is known, they count the base cells with a record only."""
    release = opened.content.release
    holders = opened.base
    for level in range(release.resolution, release.coarsest, -1):
        holders = np.unique(parents_of(holders, level))
        yield from _unexpected(opened, level - 1, holders)
    problems: list[str] = []
    if release.coarsest < release.resolution:
        for cell in holders.tolist():
            _summed(opened, cell, problems)
    yield from problems


@dataclass(frozen=True, slots=True, eq=False)
class _Sum:
    """``occurrence`` ``[T, 12]`` by ``taxa``, ascending, and ``effort`` of that many ``cells``."""

    taxa: NDArray[np.int32]
    occurrence: NDArray[np.float64]
    effort: NDArray[np.int64]
    cells: int


def _summed(opened: Opened, cell: int, problems: list[str]) -> _Sum | None:
    """Return the sum over the base cells in a cell, None where it holds none.

    Each coarser cell on the way is held to the sum of its own, and what is wrong is noted.
    """
    level, release = h3.get_resolution(cell), opened.content.release
    if level == release.resolution:
        return _sum_of(opened.record_of(cell)) if cell in opened.content.cells else None
    parts = [
        part
        for child in h3.cell_to_children(cell)
        if (part := _summed(opened, child, problems)) is not None
    ]
    if not parts:
        return None
    total = _added(parts)
    size = (
        total.cells if opened.facts.counted else h3.cell_to_children_size(cell, release.resolution)
    )
    if cell in opened.content.cells and not _is_mean(opened.record_of(cell), total, size):
        problems.append(f"cell {cell:x} is not the mean of the base cells in it")
    return total


def _sum_of(record: CellRecord) -> _Sum:
    effort = np.zeros(MONTHS, dtype=np.int64) if record.effort is None else record.effort
    return _Sum(record.taxon_ids, record.occurrence.astype(np.float64), effort, 1)


def _added(parts: Sequence[_Sum]) -> _Sum:
    listed = np.concatenate([part.taxa for part in parts])
    order = np.argsort(listed, kind="stable")
    taxa, starts = np.unique(listed[order], return_index=True)
    every = np.concatenate([part.occurrence for part in parts]).take(order, axis=0)
    occurrence = np.add.reduceat(every, starts, axis=0) if taxa.size else every
    effort = np.sum([part.effort for part in parts], axis=0)
    return _Sum(taxa, occurrence, effort, sum(part.cells for part in parts))


def _unexpected(opened: Opened, level: int, holders: NDArray[np.int64]) -> Iterator[str]:
    """Yield what is wrong with which cells of a resolution there are.

    A coarser cell that holds no base cell is one that nobody looked in: its neighbours speak.
    """
    here = opened.levels[level]
    others = np.setdiff1d(here, holders).tolist()
    looked_in = [cell for cell in others if not _nobody_looked(opened.record_of(cell))]
    if np.setdiff1d(holders, here).size or looked_in:
        yield f"the cells of resolution {level} are not those that hold the base cells"


def _nobody_looked(record: CellRecord) -> bool:
    return record.effort is not None and not record.effort.any()


def _is_mean(record: CellRecord, total: _Sum, size: int) -> bool:
    """Tell whether a record holds the mean of so many cells, and the effort of all."""
    negative = _Sum(record.taxon_ids, -size * record.occurrence.astype(np.float64), total.effort, 0)
    off = _added([total, negative]).occurrence / size
    if np.abs(off).max(initial=0.0) > _ROUNDING:
        return False
    return record.effort is None or np.array_equal(record.effort, total.effort)


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

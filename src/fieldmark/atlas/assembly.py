"""From what the sources say to the content of a release: ranges, records or both, one way."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.aggregate import Holders, release_rows
from fieldmark.atlas.cell_order import by_cell
from fieldmark.atlas.content import ReleaseContent
from fieldmark.atlas.pack import CellEffort, pack, range_of
from fieldmark.atlas.records.counts import CellCounts
from fieldmark.atlas.rows import BaseRows, ReleaseRows, rows_of_evidence
from fieldmark.atlas.smoothing import SmoothingSpec, smooth
from fieldmark.atlas.sources.evidence import Evidence
from fieldmark.atlas.taxa import Taxa
from fieldmark.domain.area import Release
from fieldmark.errors import SourceBroken
from fieldmark.threads import in_order

__all__ = ["Adjusted", "Assembly", "assemble", "content_of"]

_THREADS: Final = 2
"""So many keep up with what makes the rows; more would hold more taxa in memory."""

Adjusted = Callable[[Iterable[BaseRows], NDArray[np.int64], NDArray[np.int64]], Iterable[BaseRows]]
"""Makes base rows of base rows, taxon by taxon; it is told the base cells of the release, and all
cells that it has a record of, both ascending."""


@dataclass(frozen=True, slots=True, eq=False)
class Assembly:
    """What it takes to make the content of a release.

    ``rows`` come once, by cell; ``folder`` is on whose disk they lie. ``ranges`` are packed, by the
    ids of their taxa, ascending. ``effort`` is None where no records were counted.
    """

    folder: Path
    rows: Iterator[ReleaseRows]
    ranges: Mapping[int, bytes]
    effort: CellEffort | None

    @property
    def known(self) -> NDArray[np.int32]:
        """The ids of its taxa, ascending."""
        return np.array(list(self.ranges), dtype=np.int32)


def assemble(
    folder: Path,
    cells: NDArray[np.int64],
    resolution: int,
    said: tuple[Evidence | None, CellCounts | None],
    spec: SmoothingSpec | None = None,
    adjusted: Adjusted = lambda rows, _base, _held: rows,
) -> Assembly:
    """Return the rows of a release.

    Args:
        folder: on whose disk lies what memory does not hold.
        cells: all base cells of the earth.
        resolution: theirs.
        said: by sources of ranges, and by records; one of them at least.
        spec: how records are smoothed.
        adjusted: what is made of the base rows before anything coarser is made of them.

    Raises:
        SourceBroken: the sources say nothing of any taxon.
        OSError: the disk is full.
    """
    evidence, counts = said
    if counts is None:
        rows = adjusted(() if evidence is None else rows_of_evidence(evidence), cells, cells)
        holders, effort = Holders.of(cells, resolution, all_count=True), None
    else:
        smoothed = smooth(counts, evidence, spec)
        rows = adjusted(smoothed.rows, smoothed.base, smoothed.cells)
        holders = Holders.of(smoothed.base, resolution, all_count=False)
        effort = CellEffort(smoothed.cells, smoothed.effort)
    ranges: dict[int, bytes] = {}
    ordered = by_cell(
        _noting(ranges, release_rows(rows, holders), resolution), holders.cells, folder
    )
    if not ranges:
        raise SourceBroken("the sources hold no usable record or range of any taxon of the labels")
    return Assembly(folder, ordered, dict(sorted(ranges.items())), effort)


def _noting(
    ranges: dict[int, bytes], rows: Iterator[ReleaseRows], resolution: int
) -> Iterator[ReleaseRows]:
    """Yield the rows of each taxon that is somewhere, and note its range.

    Ranges are deflated beside what makes the rows of the next taxa.
    """
    somewhere = (part for part in rows if part.cell.size)
    for part, range_ in in_order(
        lambda part: (part, range_of(part, resolution)), somewhere, _THREADS
    ):
        ranges[int(part.taxon_id[0])] = range_
        yield part


def content_of(assembly: Assembly, release: Release, taxa: Taxa) -> ReleaseContent:
    """Return the content of the release, which knows the taxa of the assembly.

    Raises:
        OSError: a file of the rows cannot be read.
    """
    release = replace(release, known=assembly.known)
    return pack(assembly.rows, assembly.ranges, release, taxa, assembly.effort, assembly.folder)

"""From what the sources say to the content of a release: ranges, records or both, one way."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.aggregate import holders_table, release_rows, spill
from fieldmark.atlas.content import ReleaseContent
from fieldmark.atlas.pack import CellEffort, pack
from fieldmark.atlas.records.counts import CellCounts
from fieldmark.atlas.rows import BaseRows, rows_of_evidence
from fieldmark.atlas.smoothing import SmoothingSpec, smooth
from fieldmark.atlas.sources.evidence import Evidence
from fieldmark.atlas.taxa import Taxa
from fieldmark.domain.area import Release
from fieldmark.errors import SourceBroken

__all__ = ["Adjusted", "Assembly", "assemble", "content_of"]

Adjusted = Callable[[Iterable[BaseRows], NDArray[np.int64], NDArray[np.int64]], Iterable[BaseRows]]
"""Makes base rows of base rows, taxon by taxon; it is told the base cells of the release, and all
cells that it has a record of, both ascending."""

_BASE_ROWS: Final = "base-rows.parquet"


@dataclass(frozen=True, slots=True, eq=False)
class Assembly:
    """Base rows on disk, and what it takes to make a release of them.

    ``known`` are the ids of their taxa, ascending; ``holders`` an Arrow table, see
    ``aggregate.holders_table``; ``effort`` None where no records were counted.
    """

    folder: Path
    known: NDArray[np.int32]
    holders: object
    effort: CellEffort | None


def assemble(
    folder: Path,
    cells: NDArray[np.int64],
    resolution: int,
    said: tuple[Evidence | None, CellCounts | None],
    spec: SmoothingSpec | None = None,
    adjusted: Adjusted = lambda rows, _base, _held: rows,
) -> Assembly:
    """Return the base rows of a release, which stay in the folder until its content is made.

    Args:
        folder: an empty one, for as long as the assembly is used.
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
    base = folder / _BASE_ROWS
    effort = None
    if counts is None:
        rows = iter(()) if evidence is None else rows_of_evidence(evidence)
        known = spill(adjusted(rows, cells, cells), base)
        holders = holders_table(cells, resolution, all_count=True)
    else:
        smoothed = smooth(counts, evidence, spec)
        known = spill(adjusted(smoothed.rows, smoothed.base, smoothed.cells), base)
        holders = holders_table(smoothed.base, resolution, all_count=False)
        effort = CellEffort(smoothed.cells, smoothed.effort)
    if not known.size:
        raise SourceBroken("the sources hold no usable record or range of any taxon of the labels")
    return Assembly(folder, known, holders, effort)


def content_of(assembly: Assembly, release: Release, taxa: Taxa) -> ReleaseContent:
    """Return the content of the release, which knows the taxa of the assembly.

    Raises:
        OSError: the disk is full.
    """
    rows = release_rows(assembly.folder / _BASE_ROWS, assembly.holders, assembly.folder)
    return pack(rows, replace(release, known=assembly.known), taxa, assembly.effort)

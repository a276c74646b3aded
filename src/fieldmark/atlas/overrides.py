"""Overrides that are built into a release: what somebody says against its sources."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final, TypeVar

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.sensitive import TaxonRows
from fieldmark.atlas.taxa import Taxa
from fieldmark.atlas_format import QUANTA, read_overrides
from fieldmark.atlas_format.overrides import overrides_row
from fieldmark.domain.area import MONTHS
from fieldmark.domain.override import Override, Overrides, changed
from fieldmark.errors import SourceBroken

__all__ = ["BuiltIn", "read_built_in"]

R = TypeVar("R", bound=TaxonRows)

_MOST_BYTES: Final = 512 * 1024
"""A release says this of itself to whoever opens it, with all else in 1 MiB."""


class BuiltIn:
    """Overrides over the base cells of a release.

    Args:
        overrides: they hold in this order.
        held: the base cells of the release, ascending; what is said of others is of no effect.
    """

    def __init__(self, overrides: Overrides, held: NDArray[np.int64]) -> None:
        self.overrides = overrides
        self._held = held
        self._centres = np.array([h3.cell_to_latlng(cell) for cell in held.tolist()]).reshape(-1, 2)
        self._resolution = h3.get_resolution(int(held[0])) if held.size else 0

    @property
    def idle(self) -> Sequence[Override]:
        """Those that hold for no cell of the release."""
        return [override for override in self.overrides if not self._cells_of(override).size]

    def applied(self, rows: Iterable[R], kind: type[R]) -> Iterator[R]:
        """Yield base rows as the overrides make them; what occurs nowhere any more has none.

        Args:
            rows: taxon by taxon.
            kind: what a taxon that has no rows yet gets.
        """
        waiting = {override.taxon_id for override in self.overrides}
        for taxon_id, parts in groupby(rows, key=lambda part: int(part.taxon_id[0])):
            if taxon_id not in waiting:
                yield from parts
                continue
            waiting.discard(taxon_id)
            yield from self._of_taxon(taxon_id, list(parts), kind)
        for taxon_id in sorted(waiting):
            yield from self._of_taxon(taxon_id, [], kind)

    def _of_taxon(self, taxon_id: int, parts: Sequence[R], kind: type[R]) -> Iterator[R]:
        cell = np.concatenate([_NO_CELLS, *(part.cell for part in parts)])
        months = np.concatenate([_NO_MONTHS, *(part.months for part in parts)])
        records = np.concatenate([_NO_RECORDS, *(part.records for part in parts)])
        for override in self.overrides:
            if override.taxon_id == taxon_id:
                there = self._cells_of(override)
                if override.action == "include":
                    cell, months, records = _with_cells(cell, months, records, there)
                rows = np.isin(cell, there)
                share = changed(months[rows] / QUANTA, override)
                months[rows] = np.rint(share * QUANTA).astype(np.int32)
        order = np.argsort(cell, kind="stable")
        order = order[months[order].any(axis=1)]
        if np.isin(cell[order], self._held).any():
            yield kind.of_taxon(taxon_id, cell[order], months[order], records[order])

    def _cells_of(self, override: Override) -> NDArray[np.int64]:
        """Return the base cells of the release that an override holds for; see domain.override."""
        middle = override.area.middle_in(self._resolution)
        inside = override.area.holds(self._held, self._centres)
        return np.asarray(self._held[inside | (self._held == middle)])


def read_built_in(path: Path, taxa: Taxa) -> Overrides:
    """Return the overrides of a file, of taxa that the atlas may hold.

    Raises:
        SourceBroken: the file cannot be read, a row is not what it should be, speaks of another
            taxon, or there is more than a release can say of itself.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceBroken(f"{path} cannot be read: {error.strerror}") from error
    overrides = read_overrides(data, str(path))
    for override in overrides:
        taxon = taxa.by_id.get(override.taxon_id)
        if taxon is None or taxon.scientific_name != override.taxon:
            known = "the atlas may not hold it" if taxon is None else taxon.scientific_name
            raise SourceBroken(
                f"{path}: taxon {override.taxon_id}, {override.taxon!r}, in {override.area}: "
                f"{known}; give id and name of a taxon of --taxa"
            )
    size = len(overrides_row(overrides).encode())
    if size > _MOST_BYTES:
        raise SourceBroken(
            f"{path}: its overrides take {size:,} bytes of what a release says of itself, "
            f"{_MOST_BYTES:,} are the most; so many are a source of ranges"
        )
    return overrides


_NO_CELLS: Final = np.zeros(0, dtype=np.int64)
_NO_MONTHS: Final = np.zeros((0, MONTHS), dtype=np.int32)
_NO_RECORDS: Final = np.zeros((0, MONTHS), dtype=np.int64)


def _with_cells(
    cell: NDArray[np.int64],
    months: NDArray[np.int32],
    records: NDArray[np.int64],
    wanted: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Return the rows with an empty one for each cell that has none."""
    new = np.setdiff1d(wanted, cell)
    return (
        np.concatenate([cell, new]),
        np.concatenate([months, np.zeros((new.size, MONTHS), dtype=np.int32)]),
        np.concatenate([records, np.zeros((new.size, MONTHS), dtype=np.int64)]),
    )

"""The animals of an area, as lists and pages show them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from fieldmark.domain.answer import AreaUse
from fieldmark.domain.area import Release
from fieldmark.domain.naming import taxon_in
from fieldmark.domain.note import Note
from fieldmark.domain.position import Position
from fieldmark.domain.taxon import Taxon
from fieldmark.lookup.areas import cells_of, look_up
from fieldmark.lookup.releases import of_one_release
from fieldmark.lookup.remarks import WITHHELD
from fieldmark.ports import AreaStore

__all__ = ["AreaAnimals", "Resident", "animals_of"]


@dataclass(frozen=True, slots=True)
class Resident:
    """One animal of an area: its occurrence by month, January first, and the records behind it."""

    taxon: Taxon
    by_month: tuple[float, ...]
    records: int | None
    expected: bool


@dataclass(frozen=True, slots=True)
class AreaAnimals:
    """The animals of one area, the most regular first, and where the list comes from."""

    release: Release
    use: AreaUse
    residents: tuple[Resident, ...]
    notes: tuple[Note, ...] = ()

    def named(self, names: Mapping[int, str]) -> "AreaAnimals":
        """Return the same with the common names that there are, by taxon id; others stay."""
        residents = (replace(r, taxon=taxon_in(r.taxon, names)) for r in self.residents)
        return replace(self, residents=tuple(residents)) if names else self


def animals_of(store: AreaStore, where: Position | int, month: int | None) -> AreaAnimals:
    """Return the animals that the atlas knows at a position or in a cell, of a month or the year.

    Of those as regular as each other the narrowest comes first: a species before a family.

    Raises:
        AtlasBroken: the release is missing or not readable.
        Unavailable: the store did not answer.
    """
    return of_one_release(lambda: _animals_of(store, where, month))


def _animals_of(store: AreaStore, where: Position | int, month: int | None) -> AreaAnimals:
    release, shares = cells_of(where, store)
    found = look_up(store, release, shares, month)
    if found.error is not None:
        raise found.error
    # Said of every area alike: where it is said must not tell where they are.
    notes = (*found.notes, WITHHELD) if release.withheld else found.notes
    if found.view is None:
        return AreaAnimals(release, found.use, (), notes)
    features = found.view.features
    told = release.is_told(features.taxon_ids)
    present = [int(row) for row in np.flatnonzero((features.occurrence > 0.0) & told)]
    ids = {row: int(features.taxon_ids[row]) for row in present}
    taxa = store.taxa(ids.values(), release.name)
    present = [row for row in present if ids[row] in taxa]  # one that is included may be unknown
    present.sort(key=lambda row: (-features.occurrence[row], taxa[ids[row]].rank))
    residents = tuple(
        Resident(
            taxon=taxa[ids[row]],
            by_month=tuple(float(value) for value in features.by_month[row]),
            records=None if features.records is None else int(features.records[row].sum()),
            expected=bool(features.occurrence[row] >= release.expected_from),
        )
        for row in present
    )
    return AreaAnimals(release, found.use, residents, notes)

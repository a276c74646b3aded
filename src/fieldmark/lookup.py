"""Looking an area up: position and month → what the atlas says there, or why it says nothing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas_format import unpack_record
from fieldmark.domain.answer import AreaStatus, AreaUse, Within
from fieldmark.domain.area import AreaFeatures, CellRecord, Release, blend
from fieldmark.domain.naming import taxon_in
from fieldmark.domain.note import Note
from fieldmark.domain.override import Override
from fieldmark.domain.overriding import overridden
from fieldmark.domain.position import CellShares, Position, cell_shares, shares_of_cell
from fieldmark.domain.ranking import AreaView
from fieldmark.domain.taxon import Taxon
from fieldmark.errors import NotPublished, ReleaseGone, Unavailable, Waking
from fieldmark.ports import AreaStore, FoundAreas

__all__ = [
    "AreaAnimals",
    "LookedUp",
    "Resident",
    "animals_of",
    "cells_of",
    "look_up",
    "of_one_release",
    "range_in_use",
    "unanswered",
]

T = TypeVar("T")

_FALLBACKS: Final = {
    "starter": Note(
        "area-from-starter-atlas",
        "The area comes from the coarse starter atlas, compiled by hand; "
        "build your own from occurrence records for finer answers.",
    ),
    "coarser": Note(
        "area-coarser",
        "The position is uncertain over so large a circle that coarser cells speak for it.",
    ),
    "parent": Note(
        "area-from-parent-cell",
        "The atlas has nothing on the exact cell; the wider cell around it speaks for it.",
    ),
    "year": Note(
        "area-without-month",
        "No date is known, so each animal is judged by its best month here; give a date.",
    ),
    "stale": Note(
        "area-stale",
        "The features database did not answer in time; an older copy of the area was used.",
    ),
}

_WITHHELD: Final = Note(
    "area-withholds",
    "Some animals are listed nowhere, because telling where they live would harm them.",
)
_OUTDATED: Final = Note(
    "overrides-outdated",
    "What people said against the atlas cannot be read as it stands now; what could be read last "
    "is used.",
)
_UNAVAILABLE: Final = Note(
    "area-unavailable",
    "The features database did not answer in time; the photo alone answers.",
)
_NOT_PUBLISHED: Final = Note(
    "area-unavailable",
    "No atlas was published to the features database yet; the photo alone answers.",
)
_WAKING: Final = Note(
    "area-unavailable",
    "The features database is waking up, so the photo alone answers; ask again in half a minute.",
)


@dataclass(frozen=True, slots=True, eq=False)
class LookedUp:
    """The outcome: ``view`` is None where the atlas has nothing to say, and ``use`` says why.

    ``error`` is what a store said that did not answer; it is for whoever runs the service.
    """

    view: AreaView | None
    use: AreaUse
    notes: tuple[Note, ...] = ()
    error: Unavailable | None = None


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


def cells_of(where: Position | int, store: AreaStore) -> tuple[Release, CellShares]:
    """Return the release in use and the cells of a position, or a cell, as it holds them.

    Raises:
        AtlasBroken: the release is missing or not readable.
        Unavailable: the store did not answer.
    """
    release = store.release()
    if isinstance(where, Position):
        return release, cell_shares(where, release.resolution)
    return release, shares_of_cell(where, release.resolution)


def look_up(store: AreaStore, release: Release, shares: CellShares, month: int | None) -> LookedUp:
    """Return what the store knows of those cells in that month, in one query.

    Raises:
        AtlasBroken: the release is missing or not readable.
        ReleaseGone: the release that the cells are of is not in the store any more.
    """
    cell = h3.int_to_str(max(shares.shares, key=lambda key: shares.shares[key]))
    kin = {cell: _kin(cell, release.coarsest) for cell in shares.shares}
    wanted = list(dict.fromkeys(c for line in kin.values() for c in line))
    try:
        found = store.areas(wanted, release.name)
    except ReleaseGone:
        raise
    except Unavailable as error:
        return unanswered(error, AreaUse("unavailable", cell, month, atlas=release.name))
    records, weights, from_parent = _nearest(kin, shares.shares, found.records, release)
    if not records:
        use = AreaUse("empty", cell, month, found.tier, release.name, 0, found.age_s)
        text = "Nobody has looked for animals here yet, as far as the atlas knows."
        return LookedUp(None, use, (Note("area-empty", text),))
    features = blend(records, weights, month)
    view = AreaView(
        features=features,
        known=_known(release, features),
        expected_from=release.expected_from,
        month=month,
        source="starter" if release.starter else release.name,
        within=_within(records, from_parent=from_parent),
        withheld=release.withheld,
        overrides=_said(release, shares, month),
    )
    notes = _fallbacks(release, shares, found, month=month, from_parent=from_parent)
    status: AreaStatus = "fallback" if notes else "used"
    told = release.is_told(view.features.taxon_ids)
    animals = int((view.features.occurrence[told] >= release.expected_from).sum())
    use = AreaUse(status, cell, month, found.tier, release.name, animals, found.age_s)
    return LookedUp(view, use, (*notes, _OUTDATED) if release.live.outdated else notes)


def of_one_release(read: Callable[[], T]) -> T:
    """Return what ``read`` reads of the release in use; once more where that goes away meanwhile.

    Raises:
        ReleaseGone: the next one went away as well.
    """
    try:
        return read()
    except ReleaseGone:
        return read()


def unanswered(error: Unavailable, use: AreaUse) -> LookedUp:
    """Return the outcome where no store answered; its text names hosts, so the note does not."""
    says = _UNAVAILABLE
    if isinstance(error, Waking | NotPublished):
        says = _WAKING if isinstance(error, Waking) else _NOT_PUBLISHED
    return LookedUp(None, use, (says,), error)


def range_in_use(store: AreaStore, taxon_id: int) -> tuple[Release, Mapping[int, int] | None]:
    """Return the release in use, and the cells of a taxon by the same; see AreaStore.range_of.

    Of a taxon that the release withholds there is none.
    """

    def read() -> tuple[Release, Mapping[int, int] | None]:
        release = store.release()
        if taxon_id in release.withheld:
            return release, {}
        return release, store.range_of(taxon_id, release.name)

    return of_one_release(read)


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
    notes = (*found.notes, _WITHHELD) if release.withheld else found.notes
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


def _kin(cell: int, coarsest: int) -> Sequence[int]:
    """Return the cell and its parents, the nearest first."""
    return [
        h3.cell_to_parent(cell, level) for level in range(h3.get_resolution(cell), coarsest - 1, -1)
    ]


def _nearest(
    kin: Mapping[int, Sequence[int]],
    shares: Mapping[int, float],
    found: Mapping[int, bytes],
    release: Release,
) -> tuple[list[CellRecord], list[float], bool]:
    """Return the record of each cell, or of its nearest parent with one, and its share.

    Overrides hold for the cell that was asked for, whichever speaks for it.
    """
    weights: dict[tuple[int, tuple[int, ...]], float] = {}
    for cell, line in kin.items():
        source = next((relative for relative in line if relative in found), None)
        if source is not None:
            key = (source, release.live.at(cell, release.resolution))
            weights[key] = weights.get(key, 0.0) + shares[cell]
    records = [
        overridden(unpack_record(found[source]), (release.live[row] for row in rows))
        for source, rows in weights
    ]
    return records, list(weights.values()), any(source not in kin for source, _ in weights)


def _known(release: Release, features: AreaFeatures) -> NDArray[np.int32]:
    """Return the ids that the atlas knows, what is included here among them."""
    return np.union1d(release.known, features.taxon_ids) if release.live else release.known


def _said(release: Release, shares: CellShares, month: int | None) -> Mapping[int, Override]:
    """Return what overrides say of each taxon there, built in or live; the live ones beat them."""
    found: dict[int, Override] = {}
    for overrides in (release.overrides, release.live):
        rows = [row for cell in shares.shares for row in overrides.at(cell, release.resolution)]
        found |= overrides.by_taxon(rows, month)
    return found


def _within(records: Sequence[CellRecord], *, from_parent: bool) -> Within:
    if from_parent:
        return "parent"
    return "cell" if len(records) == 1 else "circle"


def _fallbacks(
    release: Release,
    shares: CellShares,
    found: FoundAreas,
    *,
    month: int | None,
    from_parent: bool,
) -> tuple[Note, ...]:
    reasons: Iterable[tuple[str, bool]] = (
        ("starter", release.starter),
        ("coarser", shares.resolution < release.resolution),
        ("parent", from_parent),
        ("year", month is None),
        ("stale", found.stale),
    )
    return tuple(_FALLBACKS[name] for name, holds in reasons if holds)

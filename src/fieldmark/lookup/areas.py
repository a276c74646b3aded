"""Position and month → what the atlas says there, or why it says nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas_format import unpack_record
from fieldmark.domain.answer import AreaStatus, AreaUse, Within
from fieldmark.domain.area import AreaFeatures, CellRecord, Release, blend
from fieldmark.domain.note import Note
from fieldmark.domain.override import Override
from fieldmark.domain.overriding import overridden
from fieldmark.domain.position import CellShares, Position, cell_shares, shares_of_cell
from fieldmark.domain.ranking import AreaView
from fieldmark.errors import NotPublished, ReleaseGone, Unavailable, Waking
from fieldmark.lookup.remarks import FALLBACKS, NOT_PUBLISHED, OUTDATED, UNAVAILABLE, WAKING
from fieldmark.ports import AreaStore, FoundAreas

__all__ = ["LookedUp", "cells_of", "look_up", "unanswered"]


@dataclass(frozen=True, slots=True, eq=False)
class LookedUp:
    """The outcome: ``view`` is None where the atlas has nothing to say, and ``use`` says why.

    ``error`` is what a store said that did not answer; it is for whoever runs the service.
    """

    view: AreaView | None
    use: AreaUse
    notes: tuple[Note, ...] = ()
    error: Unavailable | None = None


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
    return LookedUp(view, use, (*notes, OUTDATED) if release.live.outdated else notes)


def unanswered(error: Unavailable, use: AreaUse) -> LookedUp:
    """Return the outcome where no store answered; its text names hosts, so the note does not."""
    says = UNAVAILABLE
    if isinstance(error, Waking | NotPublished):
        says = WAKING if isinstance(error, Waking) else NOT_PUBLISHED
    return LookedUp(None, use, (says,), error)


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
    return tuple(FALLBACKS[name] for name, holds in reasons if holds)

"""Effort: how often anybody recorded anything of a target group in a bin and month.

A visit belongs to several groups: whoever notes a bird and a frog looked for both, and for animals.
So each visit carries a mask of its groups, one bit each, and is counted once for all of them.
"""

from collections.abc import Sequence
from functools import reduce
from operator import or_

import ibis

from fieldmark.atlas.engines import Engine, bit_or
from fieldmark.atlas.records.bins import bin_of
from fieldmark.atlas.records.keys import (
    bin_in,
    is_sighting,
    kind_in,
    month_in,
    pick_of,
    visit_of,
    weight_in,
)
from fieldmark.atlas.records.kinds import Kinds
from fieldmark.atlas.records.sightings import MatchedSource, Sightings

__all__ = ["effort"]


def effort(
    engine: Engine,
    seen: Sightings,
    sources: Sequence[MatchedSource],
    kinds: Kinds,
) -> ibis.Table:
    """Return what ``Counts.effort`` is, kept by the engine."""
    masks = [f"mask_{word}" for word in range(kinds.words)]
    looked = [_sighted(seen.rows, engine.memory(kinds.masks, "masks"), masks)]
    for number, source in enumerate(sources):
        if source.visits is not None:
            mask = dict(zip(masks, kinds.mask_of_source(number), strict=True))
            looked.append(_visited(source.visits, seen.observers, number, mask))
    visits = looked[0] if len(looked) == 1 else ibis.union(*looked, distinct=False)
    once = visits.group_by("bin", "visit").aggregate(
        pick=visits.pick.min(), **{mask: bit_or(visits[mask]) for mask in masks}
    )
    weight = weight_in(once.pick, [source.weight_units for source in sources])
    once = once.select("bin", *masks, month=month_in(once.visit), weight=weight)
    by_mask = once.group_by("bin", "month", *masks).aggregate(weight=once.weight.sum())
    by_mask = engine.keep(by_mask, "effort_by_mask")
    groups = engine.memory(kinds.group_bits(), "groups")
    return engine.keep(_by_group(by_mask, groups, kinds.words), "effort")


def _sighted(rows: ibis.Table, kinds: ibis.Table, masks: Sequence[str]) -> ibis.Table:
    rows = rows.filter(is_sighting(rows.key))
    rows = rows.select("visit", "pick", kind=kind_in(rows.key), bin=bin_in(rows.key))
    return rows.join(kinds, "kind").select("bin", "visit", "pick", *masks)


def _visited(
    visits: ibis.Table, observers: ibis.Table, number: int, mask: dict[str, int]
) -> ibis.Table:
    rows = visits.left_join(observers, "observer")
    bin_ = bin_of(rows.latitude, rows.longitude, ibis.literal(value=False))
    rows = rows.select(
        bin=bin_.cast("int32"),
        visit=visit_of(rows.date, rows.observer_id),
        pick=pick_of(number, ibis.literal(0, "int8"), ibis.literal(0, "int64")),
        **{name: ibis.literal(bits, "int64") for name, bits in mask.items()},
    )
    return rows.filter(rows.bin.notnull())


def _by_group(by_mask: ibis.Table, groups: ibis.Table, words: int) -> ibis.Table:
    pairs = by_mask.cross_join(groups)
    member = reduce(
        or_, ((pairs[f"mask_{word}"] & pairs[f"bit_{word}"]) != 0 for word in range(words))
    )
    pairs = pairs.filter(member)
    return pairs.group_by("group", "bin", "month").aggregate(weight=pairs.weight.sum())

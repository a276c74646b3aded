"""What was found: sightings to visits, records, days, observers and datasets of each taxon.

Most groups of taxon, bin and month are one visit, or one observer's, or of one dataset. Distinct
days, observers and datasets are counted only where the lowest and the highest do not tell.
"""

from collections.abc import Sequence
from typing import Final

import ibis
from ibis.expr.types import IntegerValue

from fieldmark.atlas.engines import Engine
from fieldmark.atlas.records.bins import BIN_LIMIT
from fieldmark.atlas.records.keys import bin_in, is_matched, kind_in, low, month_in, weight_in
from fieldmark.atlas.records.kinds import Kinds

__all__ = ["found"]

_MONTHS: Final = 16
_SLOT_BITS: Final = 32


def found(
    engine: Engine, rows: ibis.Table, kinds: Kinds, weights: Sequence[int]
) -> tuple[ibis.Table, ibis.Table]:
    """Return ``Counts.visits`` and ``Counts.found``; ``weights`` are the sources', in units."""
    labels = engine.memory(kinds.labels, "labels")
    visits = _by_slot(_by_taxon(rows, labels, kinds), weights)
    plain = not kinds.shared and len(set(weights)) == 1
    slots = visits.group_by("slot").aggregate(**(_plain_sums if plain else _sums)(visits))
    slots = engine.keep(slots, "found_slots")
    if plain:
        slots = slots.mutate(records=slots.visits, weight=slots.visits * weights[0])
    unclear = slots.filter(_unclear(slots)).select("slot")
    many = engine.keep(_distinct(visits, unclear), "found_many")
    return slots.select(**_placed(slots.slot), weight=slots.weight, records=slots.records), _told(
        slots, many
    )


def _by_taxon(rows: ibis.Table, labels: ibis.Table, kinds: Kinds) -> ibis.Table:
    """Return ``taxon_id``, ``bin``, ``visit``, ``pick``, ``records``: each visit once."""
    matched = rows.filter(is_matched(rows.key, kinds.matched))
    matched = matched.select("visit", "pick", kind=kind_in(matched.key), bin=bin_in(matched.key))
    joined = matched.join(labels, "kind")
    columns = ("taxon_id", "bin", "visit", "pick")
    one = ibis.literal(1, "int64")
    if not kinds.shared:
        return joined.select(*columns, records=one)
    several = joined.filter(~joined.alone)
    return ibis.union(
        joined.filter(joined.alone).select(*columns, records=one),
        several.group_by("taxon_id", "bin", "visit")
        .aggregate(pick=several.pick.min(), records=several.count())
        .select(*columns, "records"),
        distinct=False,
    )


def _by_slot(visits: ibis.Table, weights: Sequence[int]) -> ibis.Table:
    """Return the visits with ``slot``: taxon, bin and month in one integer."""
    slot = visits.taxon_id.cast("int64") * (1 << _SLOT_BITS) + visits.bin.cast("int64") * _MONTHS
    return visits.select(
        "records",
        slot=slot + month_in(visits.visit),
        day=(visits.visit >> 32).cast("int32"),
        observer=low(visits.visit).cast("int32"),
        dataset=low(visits.pick).cast("int32"),
        weight=weight_in(visits.pick, weights),
    )


def _sums(visits: ibis.Table) -> dict[str, ibis.Value]:
    return {
        **_plain_sums(visits),
        "records": visits.records.sum(),
        "weight": visits.weight.sum(),
    }


def _plain_sums(visits: ibis.Table) -> dict[str, ibis.Value]:
    """Return what is summed where each visit is one record and all weigh the same."""
    return {
        "visits": visits.count(),
        **{f"{name}_low": visits[name].min() for name in ("day", "observer", "dataset")},
        **{f"{name}_high": visits[name].max() for name in ("day", "observer", "dataset")},
    }


def _unclear(slots: ibis.Table) -> ibis.Value:
    several = {name: ~_same(slots, name) for name in ("day", "observer", "dataset")}
    return (slots.visits > 2) & ((several["day"] & several["observer"]) | several["dataset"])


def _same(slots: ibis.Table, name: str) -> ibis.Value:
    return slots[f"{name}_low"] == slots[f"{name}_high"]


def _distinct(visits: ibis.Table, unclear: ibis.Table) -> ibis.Table:
    rows = visits.semi_join(unclear, "slot")
    return rows.group_by("slot").aggregate(
        days=rows.day.nunique(), observers=rows.observer.nunique(), datasets=rows.dataset.nunique()
    )


def _told(slots: ibis.Table, many: ibis.Table) -> ibis.Table:
    """Return the columns of ``Counts.found``, with what the lowest and highest tell filled in."""
    joined = slots.left_join(many, "slot").select(
        *(slots[name] for name in slots.columns), *(many[name] for name in many.columns[1:])
    )
    day, observer, dataset = (_same(joined, name) for name in ("day", "observer", "dataset"))
    two = joined.visits == 2
    return joined.select(
        **_placed(joined.slot),
        weight=joined.weight,
        records=joined.records,
        days=ibis.cases((day, 1), (observer, joined.visits), (two, 2), else_=joined.days),
        observers=ibis.cases((observer, 1), (day, joined.visits), (two, 2), else_=joined.observers),
        datasets=ibis.cases((dataset, 1), (two, 2), else_=joined.datasets),
    )


def _placed(slot: IntegerValue) -> dict[str, IntegerValue]:
    """Return what a slot is of."""
    return {
        "taxon_id": (slot >> _SLOT_BITS).cast("int32"),
        "bin": ((slot >> 4) & (BIN_LIMIT - 1)).cast("int32"),
        "month": (slot & (_MONTHS - 1)).cast("int8"),
    }

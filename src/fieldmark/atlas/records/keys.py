"""Keys: what counting groups by, packed into integers of 64 bits.

Engines group by two of them in half the time that five columns, or any text, take::

    key    kind · 2^28 + bin; minus the reason for what is rejected
    visit  date · 2^32 + observer; 0 for what is not known
    pick   source · 2^38 + licence · 2^32 + dataset, of the row that is kept of several

Sources are numbered from the heaviest, so the least ``pick`` is the row that weighs most, then the
one of the freest licence, then of the first dataset by name: the same on every engine.
"""

from collections.abc import Sequence
from typing import Final

import ibis
from ibis.expr.types import BooleanValue, IntegerValue

from fieldmark.atlas.records.bins import BIN_LIMIT

__all__ = [
    "bin_in",
    "is_matched",
    "is_sighting",
    "key_of",
    "kind_in",
    "low",
    "month_in",
    "origin_in",
    "pick_of",
    "source_and_licence",
    "visit_of",
    "weight_in",
]

_HIGH: Final = 1 << 32
_BIN_BITS: Final = BIN_LIMIT.bit_length() - 1
_LICENCE_BITS: Final = 6


def key_of(kind: IntegerValue, bin_: IntegerValue) -> IntegerValue:
    """Return the key of a sighting."""
    return kind.cast("int64") * BIN_LIMIT + bin_


def is_sighting(key: IntegerValue) -> BooleanValue:
    """Tell a sighting, of a matched name or not, from what was rejected."""
    return key >= 0


def is_matched(key: IntegerValue, matched: int) -> BooleanValue:
    """Tell the sightings of the kinds that count for a taxon: the first so many."""
    return (key >= 0) & (key < matched * BIN_LIMIT)


def kind_in(key: IntegerValue) -> IntegerValue:
    """Return the kind of a sighting."""
    return (key >> _BIN_BITS).cast("int32")


def bin_in(key: IntegerValue) -> IntegerValue:
    """Return the bin of a sighting."""
    return (key & (BIN_LIMIT - 1)).cast("int32")


def visit_of(date: IntegerValue, observer: IntegerValue) -> IntegerValue:
    """Return the visit of an observer, by number, on a date."""
    return date.fill_null(0).cast("int64") * _HIGH + observer.fill_null(0)


def month_in(visit: IntegerValue) -> IntegerValue:
    """Return the month of a visit, 0 where it is not known."""
    month = (visit >> 32) % 10_000 // 100
    return month.between(1, 12).ifelse(month, 0).cast("int8")


def pick_of(source: int, licence: IntegerValue, dataset: IntegerValue) -> IntegerValue:
    """Return the pick of a row; a dataset is its rank by name."""
    origin = licence.cast("int64") + (source << _LICENCE_BITS)
    return origin * _HIGH + dataset.fill_null(0)


def origin_in(pick: IntegerValue) -> IntegerValue:
    """Return source and licence together."""
    return pick >> 32


def low(packed: IntegerValue) -> IntegerValue:
    """Return what stands in the lower half: the observer of a visit, the dataset of a pick."""
    return packed & (_HIGH - 1)


def source_and_licence(origin: int) -> tuple[int, int]:
    """Return the two that stand in an origin."""
    return origin >> _LICENCE_BITS, origin & ((1 << _LICENCE_BITS) - 1)


def weight_in(pick: IntegerValue, weights: Sequence[int]) -> IntegerValue:
    """Return the weight of the source of a pick."""
    if len(set(weights)) == 1:
        return ibis.literal(weights[0], "int64")
    source = pick >> (32 + _LICENCE_BITS)
    return ibis.cases(
        *(
            (source == number, ibis.literal(weight, "int64"))
            for number, weight in enumerate(weights)
        )
    )

"""Raw records to trusted ones: each rejected row gets exactly one reason, the first that holds.

Of the bases of records (Darwin Core's basisOfRecord) living specimens are captive. Fossil and
preserved specimens are rejected, and so are material citations and entities: literature that cites
such specimens, dated and placed as well or badly as they are. Samples of material, such as DNA in
water, tell of an animal that was there.

Obscured records pass whatever their uncertainty: they count in the square that they lie in.
"""

from dataclasses import dataclass
from typing import Final

import h3.api.basic_int as h3
import ibis
from ibis.expr.types import BooleanValue, FloatingValue, IntegerValue

from fieldmark.atlas.records.licences import DEFAULT_ALLOWED, Licence
from fieldmark.atlas.records.reasons import Reason

__all__ = ["CleaningSpec", "cleaned"]

_LIVING: Final = "LIVING_SPECIMEN"
_SPECIMENS: Final = (
    "FOSSIL_SPECIMEN", "PRESERVED_SPECIMEN", "MATERIAL_CITATION", "MATERIAL_ENTITY",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CleaningSpec:
    """What is trusted. ``years`` are the first and the last; what has no date passes.

    ``max_uncertainty_m`` is about as far as the middle of a cell is from its edge and beyond: a
    record less certain than that may well lie in another cell.
    """

    max_uncertainty_m: float
    years: tuple[int, int] | None = None
    licences: frozenset[Licence] = DEFAULT_ALLOWED

    @classmethod
    def at(
        cls,
        resolution: int,
        years: tuple[int, int] | None = None,
        licences: frozenset[Licence] = DEFAULT_ALLOWED,
    ) -> "CleaningSpec":
        """Return what is trusted in an atlas of that resolution: uncertain by an edge at most."""
        return cls(h3.average_hexagon_edge_length(resolution, unit="m"), years, licences)


def cleaned(records: ibis.Table, spec: CleaningSpec) -> ibis.Table:
    """Return the records with a column ``reason``, null for those that are trusted.

    Args:
        records: ``RECORDS`` and what is known of each row: ``animal`` and ``matched``, null where
            the name is not known; ``licence_code``; ``near``, a reason or null.
        spec: what is trusted.
    """
    return records.mutate(reason=_reason(records, spec))


def _reason(row: ibis.Table, spec: CleaningSpec) -> IntegerValue:
    tests: list[tuple[BooleanValue, Reason]] = [
        (~row.animal.fill_null(False), Reason.NOT_ANIMAL),  # noqa: FBT003 - so Ibis takes it
        (row.absent, Reason.ABSENT),
        (row.captive | (row.basis == _LIVING), Reason.CAPTIVE),
        (row.basis.isin(_SPECIMENS), Reason.SPECIMEN),
        (row.licence_code.notin([int(code) for code in spec.licences]), Reason.LICENCE),
        (_missing(row.latitude) | _missing(row.longitude), Reason.NO_COORDINATES),
        (~_on_earth(row), Reason.IMPOSSIBLE_COORDINATES),
        ((row.latitude == 0) & (row.longitude == 0), Reason.ZERO_COORDINATES),
        (row.near == int(Reason.CENTRE), Reason.CENTRE),
        (row.near == int(Reason.INSTITUTION), Reason.INSTITUTION),
        (_uncertain(row, spec), Reason.UNCERTAIN),
        *_outside(row, spec),
        (~row.matched, Reason.UNMATCHED),
    ]
    return ibis.cases(*((test, ibis.literal(int(reason), "int8")) for test, reason in tests))


def _missing(degrees: FloatingValue) -> BooleanValue:
    """Tell null from NaN, which Ibis on Spark takes for one."""
    return degrees.isnull() & ~degrees.isnan().fill_null(False)  # noqa: FBT003 - so Ibis takes it


def _on_earth(row: ibis.Table) -> BooleanValue:
    """NaN is on no side of any number that the engines compare it with, or above them all."""
    return row.latitude.between(-90, 90) & row.longitude.between(-180, 180)


def _uncertain(row: ibis.Table, spec: CleaningSpec) -> BooleanValue:
    known = ~row.uncertainty_m.isnan() & ~row.obscured.fill_null(False)  # noqa: FBT003 - so Ibis
    return known & (row.uncertainty_m > spec.max_uncertainty_m)


def _outside(row: ibis.Table, spec: CleaningSpec) -> list[tuple[BooleanValue, Reason]]:
    if spec.years is None:
        return []
    first, last = spec.years
    return [(~row.date.between(first * 10_000, last * 10_000 + 9_999), Reason.YEAR)]

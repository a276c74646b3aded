"""Areas as they leave: the animals of a place."""

import msgspec

from fieldmark.domain.answer import AreaStatus, Here
from fieldmark.lookup import AreaAnimals
from fieldmark.wire.answers import NoteOut, note_out
from fieldmark.wire.encoding import rounded
from fieldmark.wire.taxa import TaxonOut, taxon_out

__all__ = ["AreaOut", "area_out"]


class ResidentOut(msgspec.Struct, frozen=True):
    """One animal of an area."""

    taxon: TaxonOut
    occurrence: float
    this_month: float | None
    by_month: list[float]
    records: int | None
    here: Here


class AreaOut(msgspec.Struct, frozen=True):
    """The animals of one area, the most regular first."""

    cell: str
    month: int | None
    status: AreaStatus
    atlas: str
    licence: str
    sources: list[str]
    animals: list[ResidentOut]
    notes: list[NoteOut] = []


def area_out(area: AreaAnimals) -> AreaOut:
    """Return the animals of an area as they leave."""
    return AreaOut(
        cell=area.use.cell or "",
        month=area.use.month,
        status=area.use.status,
        atlas=area.release.name,
        licence=area.release.licence,
        sources=list(area.release.sources),
        animals=[
            ResidentOut(
                taxon=taxon_out(resident.taxon),
                occurrence=rounded(sum(resident.by_month) / len(resident.by_month)),
                this_month=None
                if area.use.month is None
                else rounded(resident.by_month[area.use.month - 1]),
                by_month=[rounded(value) for value in resident.by_month],
                records=resident.records,
                here="expected" if resident.expected else "unusual",
            )
            for resident in area.residents
        ],
        notes=[note_out(note) for note in area.notes],
    )

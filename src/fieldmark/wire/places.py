"""Places as they leave."""

from collections.abc import Sequence

import msgspec

from fieldmark.ports import Place

__all__ = ["PlacesOut", "places_out"]


class PlaceOut(msgspec.Struct, frozen=True):
    """A named place and how far it reaches."""

    name: str
    kind: str
    within: str
    latitude: float
    longitude: float
    radius_m: float


class PlacesOut(msgspec.Struct, frozen=True):
    """Places that a search found, the best first."""

    places: list[PlaceOut]


def places_out(places: Sequence[Place]) -> PlacesOut:
    """Return what a search found as it leaves."""
    return PlacesOut(
        [PlaceOut(p.name, p.kind, p.within, p.latitude, p.longitude, p.radius_m) for p in places]
    )

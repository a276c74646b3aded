"""Who asks the local cloud's website over HTTP, from places of which no two are in one cell."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx

from served import HANG_S, ROOT
from tiered_pipeline import PLACES

__all__ = ["KOALA", "Visitor"]

KOALA: Final = (ROOT / "examples/photos/koala.jpg").read_bytes()


@dataclass(frozen=True, slots=True)
class Visitor:
    """A client of the API; each answer must be one, and there in time."""

    client: httpx.Client
    places: Iterator[int]

    def ask(self, place: int | None = None) -> Any:
        """Return the answer for a photo from that place, or from one not asked for yet."""
        at = PLACES[next(self.places) if place is None else place]
        where = {
            "latitude": str(at.latitude),
            "longitude": str(at.longitude),
            "taken_on": "2026-07-01",
        }
        response = self.client.post(
            "/v1/identify", files={"photo": KOALA}, data=where, timeout=HANG_S
        )
        assert response.status_code == 200, response.text
        return response.json()

    def area(self, place: int | None = None) -> Any:
        """Return the area of an answer."""
        return self.ask(place)["area"]

    def animals(self, cell: str) -> int:
        """Return how many animals the website lists of an area."""
        response = self.client.get("/v1/areas", params={"cell": cell, "month": 7}, timeout=HANG_S)
        return len(response.json()["animals"]) if response.status_code == 200 else 0

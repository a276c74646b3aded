"""A Gazetteer in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fieldmark.adapters.place_names import fold
from fieldmark.ports import Place


@dataclass
class FakePlaces:
    """Places, best known first; ``others`` are the other names of some."""

    places: Sequence[Place]
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def find(self, text: str, limit: int) -> Sequence[Place]:
        name, _, where = (fold(part) for part in text.partition(","))
        if len(text) > 100 or len(name.replace(" ", "")) < 2:
            return ()
        found = [p for p in self.places if where in fold(p.within) and self._begins(p, name)]
        exact = [p for p in found if name in map(fold, self._names(p))]
        return [*exact, *(p for p in found if p not in exact)][: max(0, limit)]

    def close(self) -> None:
        pass

    def _names(self, place: Place) -> Sequence[str]:
        return (place.name, *self.others.get(place.name, ()))

    def _begins(self, place: Place, text: str) -> bool:
        return any(f" {fold(name)}".find(f" {text}") >= 0 for name in self._names(place))

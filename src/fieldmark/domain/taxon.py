"""Taxa: named groups of animals, their ranks and their lineage."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, Self

__all__ = ["Ancestor", "Label", "Rank", "Setting", "Taxon"]

Setting = Literal["wild", "domestic"]


class Rank(IntEnum):
    """The ranks of the iNaturalist taxonomy, by its own rank levels: the higher, the wider."""

    SUBSPECIES = 5
    SPECIES = 10
    COMPLEX = 11
    SUBSECTION = 12
    SECTION = 13
    SUBGENUS = 15
    GENUS = 20
    SUBTRIBE = 24
    TRIBE = 25
    SUPERTRIBE = 26
    SUBFAMILY = 27
    FAMILY = 30
    EPIFAMILY = 32
    SUPERFAMILY = 33
    PARVORDER = 34
    INFRAORDER = 35
    SUBORDER = 37
    ORDER = 40
    SUPERORDER = 43
    INFRACLASS = 45
    SUBCLASS = 47
    CLASS = 50
    SUPERCLASS = 53
    SUBPHYLUM = 57
    PHYLUM = 60
    KINGDOM = 70

    @classmethod
    def parse(cls, word: str) -> Self:
        """Return the rank of its English word.

        Raises:
            ValueError: there is no such rank.
        """
        try:
            return cls[word.strip().upper()]
        except KeyError:
            raise ValueError(
                f"{word!r} is no rank; the ranks are species, genus, family …"
            ) from None

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A wider group that a taxon belongs to."""

    id: int
    scientific_name: str
    common_name: str | None
    rank: Rank


@dataclass(frozen=True, slots=True)
class Taxon:
    """A named group of animals; ``id`` is iNaturalist's, ``lineage`` runs from class downwards."""

    id: int
    scientific_name: str
    common_name: str | None
    rank: Rank
    lineage: tuple[Ancestor, ...] = ()

    def at(self, rank: Rank) -> "Ancestor | None":
        """Return the taxon itself or its ancestor at that rank, or None where it has none."""
        if self.rank is rank:
            return Ancestor(self.id, self.scientific_name, self.common_name, self.rank)
        return next((ancestor for ancestor in self.lineage if ancestor.rank is rank), None)


@dataclass(frozen=True, slots=True)
class Label:
    """One output of a model: an animal's taxon, or None for "not an animal"."""

    index: int
    name: str
    taxon: Taxon | None
    setting: Setting | None = None

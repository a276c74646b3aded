"""A small animal kingdom for tests: five taxa, seven labels, one of them no animal."""

from typing import Final

import numpy as np

from fieldmark.domain.area import CellRecord
from fieldmark.domain.taxon import Ancestor, Label, Rank, Taxon

MAMMALS: Final = Ancestor(40151, "Mammalia", "mammals", Rank.CLASS)
CARNIVORES: Final = Ancestor(41573, "Carnivora", "carnivorans", Rank.ORDER)
CATS: Final = Ancestor(41944, "Felidae", "cats", Rank.FAMILY)
BIG_CATS: Final = Ancestor(41963, "Panthera", "big cats", Rank.GENUS)
DOGS: Final = Ancestor(42043, "Canidae", "canids", Rank.FAMILY)

LION: Final = Taxon(
    41964, "Panthera leo", "lion", Rank.SPECIES, (MAMMALS, CARNIVORES, CATS, BIG_CATS)
)
JAGUAR: Final = Taxon(
    41970, "Panthera onca", "jaguar", Rank.SPECIES, (MAMMALS, CARNIVORES, CATS, BIG_CATS)
)
COUGAR: Final = Taxon(42007, "Puma concolor", "cougar", Rank.SPECIES, (MAMMALS, CARNIVORES, CATS))
DOG: Final = Taxon(47144, "Canis familiaris", "dog", Rank.SPECIES, (MAMMALS, CARNIVORES, DOGS))
AXOLOTL: Final = Taxon(26790, "Ambystoma mexicanum", "axolotl", Rank.SPECIES)

LABELS: Final = (
    Label(0, "lion", LION, "wild"),
    Label(1, "jaguar", JAGUAR, "wild"),
    Label(2, "cougar", COUGAR, "wild"),
    Label(3, "beagle", DOG, "domestic"),
    Label(4, "pug", DOG, "domestic"),
    Label(5, "axolotl", AXOLOTL, "wild"),
    Label(6, "teapot", None),
)


def cell_record(occurrence: dict[Taxon, float | list[float]]) -> CellRecord:
    """Return a record whose taxa are as regular here as anywhere: best is 1."""
    taxa = sorted(occurrence, key=lambda taxon: taxon.id)
    months = [
        value if isinstance(value := occurrence[taxon], list) else [value] * 12 for taxon in taxa
    ]
    return CellRecord(
        np.array([taxon.id for taxon in taxa], dtype=np.int32),
        np.array(months, dtype=np.float32).reshape(len(taxa), 12),
        np.ones(len(taxa), dtype=np.float32),
    )

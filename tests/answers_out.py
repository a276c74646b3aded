"""Answers and areas as they leave, for the tests of the pages."""

from typing import Any, Final

from fieldmark.wire.answers import (
    AnimalOut,
    AnswerOut,
    AreaUseOut,
    BestOut,
    EvidenceOut,
    LabelOut,
    LookOut,
    ModelOut,
    PositionOut,
)
from fieldmark.wire.areas import AreaOut, ResidentOut
from fieldmark.wire.taxa import TaxonOut

_CATS: Final = ["Mammalia", "Carnivora", "Felidae"]
JAGUAR: Final = TaxonOut(41970, "Panthera onca", "jaguar", "species", [*_CATS, "Panthera"])
LEOPARD: Final = TaxonOut(41963, "Panthera pardus", "leopard", "species", [*_CATS, "Panthera"])
OCELOT: Final = TaxonOut(41997, "Leopardus pardalis", "ocelot", "species", [*_CATS, "Leopardus"])
TAPIR: Final = TaxonOut(43329, "Tapirus terrestris", None, "species", ["Mammalia", "Tapiridae"])
CATS: Final = TaxonOut(41944, "Felidae", "cats", "family", ["Mammalia", "Carnivora"])


def animal(taxon: TaxonOut, **changed: Any) -> AnimalOut:  # any field of it
    """Return a ranked animal that is first and expected all year, but for what is changed."""
    evidence = EvidenceOut(0.5, 0.5, [0.5] * 12, None, "starter", "cell")
    fields: dict[str, Any] = {
        "label": LabelOut(290, "a label"),
        "score": 0.95,
        "image_score": 0.8,
        "image_rank": 1,
        "here": "expected",
        "evidence": evidence,
    }
    return AnimalOut(taxon, **(fields | changed))


def answer(*animals: AnimalOut, **changed: Any) -> AnswerOut:  # any field of it
    """Return an answer of July that names the first animal, but for what is changed."""
    best = BestOut(animals[0].taxon, animals[0].score, rolled_up=False, confident=True)
    looks = sorted(animals, key=lambda line: line.image_rank)
    fields: dict[str, Any] = {
        "id": "0190-x",
        "photo": None,
        "best": best,
        "animals": list(animals),
        "by_looks": [LookOut(line.taxon, line.image_score) for line in looks],
        "not_an_animal": 0.01,
        "position": PositionOut(-12.84, -69.29, 15.0, "exif"),
        "area": AreaUseOut("838b6bfffffffff", 7, "used", "database", "starter-2026.11", 71, 0.0),
        "model": ModelOut("net", "1"),
        "notes": [],
        "timing_ms": {"read": 3.25, "total": 20.4},
    }
    return AnswerOut(**(fields | changed))


def area(*taxa: TaxonOut, records: int | None = None) -> AreaOut:
    """Return an area that expects those animals."""
    animals = [ResidentOut(taxon, 0.5, 0.5, [0.5] * 12, records, "expected") for taxon in taxa]
    return AreaOut("838b6bfffffffff", 7, "used", "starter-2026.11", "CC0-1.0", [], animals)

"""The words of an answer: how sure, of what, and what "here" means."""

import calendar
import re
from typing import Final

from fieldmark.domain.answer import AreaStatus, Here
from fieldmark.domain.area import Release
from fieldmark.entrypoints.web.pages.numbers import ordinal
from fieldmark.wire.answers import BestOut
from fieldmark.wire.taxa import TaxonOut

__all__ = [
    "HERE",
    "SILENT_AREA",
    "SOURCE",
    "STAGE",
    "article",
    "by_looks",
    "certainty",
    "family_of",
    "family_words",
    "headline",
    "month_name",
    "name_of",
    "sources_of",
]

HERE: Final[dict[Here, str]] = {
    "expected": "expected here",
    "unusual": "unusual here",
    "unknown": "not in the atlas",
    "domestic": "lives with people",
}
SILENT_AREA: Final[dict[AreaStatus, str]] = {
    "empty": "Nobody has looked for animals here yet, so the photo alone answers.",
    "no_position": "Nothing says where the photo was taken, so the photo alone answers.",
    "off": "You went without the place, so the photo alone answers.",
    "unavailable": "The atlas did not answer, so the photo alone does.",
}
SOURCE: Final = {
    "exif": "as the camera wrote it into the photo",
    "xmp": "as a program wrote it into the photo",
    "given": "as you gave it",
}
STAGE: Final = {
    "fetch": "fetching the photo",
    "read": "reading the photo",
    "locate": "finding the cell",
    "area": "asking the atlas",
    "infer": "looking at the photo",
    "fuse": "weighing looks and place",
    "total": "all together",
}

_SURE: Final = ((0.99, "Almost certainly"), (0.9, "Very likely"), (0.0, "Probably"))
_UNSURE: Final = ((0.5, "Perhaps"), (0.0, "Hard to tell; perhaps"))
_HASH: Final = re.compile(r" sha256:[0-9a-f]+")
_SOUNDS_LIKE_YOU: Final = re.compile(r"(eu|ewe|uni|ura|uak|one\b|once\b)", re.IGNORECASE)
_FAMILIES: Final = {
    "Anatidae": "duck", "Bovidae": "cattle and antelope", "Camelidae": "camel", "Canidae": "dog",
    "Corvidae": "crow", "Crocodylidae": "crocodile", "Delphinidae": "dolphin",
    "Elephantidae": "elephant", "Equidae": "horse", "Felidae": "cat", "Herpestidae": "mongoose",
    "Hominidae": "great ape", "Hylobatidae": "gibbon", "Lemuridae": "lemur",
    "Leporidae": "rabbit and hare", "Mustelidae": "weasel", "Pelecanidae": "pelican",
    "Psittacidae": "parrot", "Pythonidae": "python", "Sciuridae": "squirrel",
    "Spheniscidae": "penguin", "Strigidae": "owl", "Suidae": "pig", "Ursidae": "bear",
    "Varanidae": "monitor lizard", "Viperidae": "viper",
}  # fmt: skip


def certainty(score: float, *, confident: bool) -> str:
    """Return how sure an answer is, as the first words of a sentence."""
    steps = _SURE if confident else _UNSURE
    return next(words for least, words in steps if score >= least)


def name_of(taxon: TaxonOut) -> str:
    """Return what people call the taxon."""
    return taxon.common_name or taxon.scientific_name


def article(name: str) -> str:
    """Return ``a`` or ``an``, by the sound that the name begins with."""
    if _SOUNDS_LIKE_YOU.match(name):
        return "a"
    return "an" if name[:1].lower() in tuple("aeiou") else "a"


def headline(best: BestOut | None) -> tuple[str, str]:
    """Return the answer in two parts, such as ``Very likely a`` and ``jaguar``."""
    if best is None:
        return "", "No animal found"
    sure, name = certainty(best.score, confident=best.confident), name_of(best.taxon)
    if not best.rolled_up:
        return f"{sure} {article(name)}", name
    if best.taxon.common_name is None:
        return f"{sure} of the {best.taxon.rank}", name
    return f"{sure} one of the", name


def by_looks(image_rank: int, *, place_weighed: bool) -> str:
    """Return where the photo alone puts the animal."""
    if image_rank > 1:
        return f"{ordinal(image_rank)} by looks alone"
    return "first by looks alone as well" if place_weighed else "first by looks"


def family_of(taxon: TaxonOut) -> str | None:
    """Return the scientific name of the taxon's family, None where it has none.

    A family's name ends in -idae (International Code of Zoological Nomenclature, article 29.2).
    """
    if taxon.rank == "family":
        return taxon.scientific_name
    return next((name for name in taxon.lineage if name.endswith("idae")), None)


def family_words(family: str) -> str:
    """Return what people call a family of that scientific name."""
    known = _FAMILIES.get(family)
    return f"the {known} family" if known else f"the family {family}"


def sources_of(release: Release) -> tuple[str, ...]:
    """Return the sources of a release without the hashes of their files."""
    return tuple(_HASH.sub("", source) for source in release.sources)


def month_name(month: int | None) -> str | None:
    """Return the month's English name."""
    return None if month is None else calendar.month_name[month]

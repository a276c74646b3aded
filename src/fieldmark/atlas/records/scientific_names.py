"""Scientific names as people write them: with authors, years, doubts, hybrids and in any case.

What is read is what the name says for sure: ``Panthera cf. onca`` is of the genus and no more, a
hybrid of what both parents share. The marks of doubt are those of open nomenclature (Sigovini et
al. 2016, "Open Nomenclature in the biodiversity era").
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from fieldmark.domain.taxon import Rank

__all__ = ["ScientificName", "plain", "rank_of_word", "read_name"]

_LONGEST: Final = 300
_HELD: Final = 1 << 14
"""Readings that are held: the names of one genus or family come together in most sources."""

_WORD: Final = re.compile(r"(?:[a-z]-)?[a-z]{2,}(?:-[a-z]+)*")
_FIRST: Final = re.compile(r"[A-Z][a-z]+(?:-[a-zA-Z]+)*")
_SUBGENUS: Final = re.compile(r"\([A-Z][a-z]+\)")
_CROSS: Final = "\N{MULTIPLICATION SIGN}"
_HYBRID: Final = frozenset({_CROSS, "x", "X"})
_DOUBT: Final = frozenset(
    {"cf", "cf.", "aff", "aff.", "nr", "nr.", "near", "prox.", "sp", "sp.", "spp", "spp.", "indet",
     "indet.", "gen.", "stet", "stet."}
)  # fmt: skip
_RANK_MARKS: Final = frozenset(
    {"ssp", "ssp.", "subsp", "subsp.", "var", "var.", "f.", "fo.", "forma", "morph", "race"}
)
_PARTICLES: Final = frozenset(
    {"al", "and", "auct", "da", "de", "del", "della", "den", "der", "di", "do", "dos", "du",
     "emend", "et", "ex", "fil", "in", "la", "le", "les", "nec", "non", "of", "sensu", "van", "von",
     "zu", "zur"}
)  # fmt: skip
"""Words of an author's name, or of what a name is meant by, that no epithet is."""

_RANK_WORDS: Final = {
    "sp": Rank.SPECIES, "spec": Rank.SPECIES, "gen": Rank.GENUS, "fam": Rank.FAMILY,
    "ord": Rank.ORDER, "cl": Rank.CLASS, "phyl": Rank.PHYLUM, "subg": Rank.SUBGENUS,
    "ssp": Rank.SUBSPECIES, "subsp": Rank.SUBSPECIES, "infraspecies": Rank.SUBSPECIES,
    "infraspecific": Rank.SUBSPECIES, "infraspecific_name": Rank.SUBSPECIES,
    "infrasubspecific_name": Rank.SUBSPECIES, "var": Rank.SUBSPECIES, "variety": Rank.SUBSPECIES,
    "f": Rank.SUBSPECIES, "form": Rank.SUBSPECIES, "forma": Rank.SUBSPECIES,
    "race": Rank.SUBSPECIES, "breed": Rank.SUBSPECIES, "issf": Rank.SUBSPECIES,
    "species_aggregate": Rank.COMPLEX, "aggregate": Rank.COMPLEX,
}  # fmt: skip
"""Words and abbreviations of ranks; below the species none is told apart."""


@dataclass(frozen=True, slots=True)
class ScientificName:
    """What a name says for sure.

    ``first`` is the genus, or the one word of a wider group; ``hybrid`` that the parents are of
    two species, of which ``first`` is the genus that they share.
    """

    first: str
    species: str | None = None
    infraspecies: str | None = None
    hybrid: bool = False

    @property
    def text(self) -> str:
        """The name in one to three words."""
        words = (self.first, self.species, self.infraspecies)
        return " ".join(word for word in words if word)

    @property
    def binomial(self) -> str | None:
        """The name of the species, None for what is wider."""
        return None if self.species is None else f"{self.first} {self.species}"

    @property
    def rank(self) -> Rank | None:
        """The rank that its number of words tells; None for one word, which may be any."""
        if self.species is None:
            return None
        return Rank.SPECIES if self.infraspecies is None else Rank.SUBSPECIES


@lru_cache(_HELD)
def read_name(text: str) -> ScientificName | None:
    """Return what the text says for sure, None where that is nothing.

    A name in capitals only is read as one in small letters. Subgenera, authors and years are left
    out, and so are accents: the code allows none.

    Source: International Code of Zoological Nomenclature, articles 5, 6, 27 and 51.
    """
    tokens = _tokens(text)
    if not tokens or not _FIRST.fullmatch(tokens[0]):
        return None
    first, rest = tokens[0], tokens[1:]
    if len(rest) > 1 and _SUBGENUS.fullmatch(rest[0]):
        rest = rest[1:]
    if any(_is_cross(token) for token in rest):
        shared = _one_genus(first, rest)
        return ScientificName(first, hybrid=True) if shared else None
    species, infraspecies = (*_epithets(rest), None, None)[:2]
    return ScientificName(first, species, infraspecies)


@lru_cache(_HELD)
def plain(name: str) -> str:
    """Return a name as names are compared: one space between words, no case, no accents."""
    return " ".join(_without_accents(name.replace("_", " ").casefold()).split())


def rank_of_word(word: str | None) -> Rank | None:
    """Return the rank of a word or its abbreviation, None where it is none that is known."""
    said = (word or "").strip().rstrip(".").lower().replace(" ", "_")
    if said in _RANK_WORDS:
        return _RANK_WORDS[said]
    try:
        return Rank.parse(said)
    except ValueError:
        return None


def _tokens(text: str) -> list[str]:
    flat = _without_accents(text[:_LONGEST].replace("_", " ")).strip("\"' ")
    if flat.isupper() or flat.islower():
        flat = flat[:1].upper() + flat[1:].lower()
    return flat.replace(_CROSS, f" {_CROSS} ").split()


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    split = unicodedata.normalize("NFKD", text)
    return "".join(c for c in split if not unicodedata.combining(c))


def _is_cross(token: str) -> bool:
    return token in _HYBRID


def _one_genus(first: str, rest: Sequence[str]) -> bool:
    """Tell whether each parent after a cross is of that genus: written out, abbreviated or not."""
    after = [rest[at + 1] for at, token in enumerate(rest[:-1]) if _is_cross(token)]
    return all(
        word == first or word == f"{first[0]}." or _WORD.fullmatch(word) is not None
        for word in after
    )


def _epithets(tokens: Sequence[str]) -> list[str]:
    found: list[str] = []
    for token in tokens:
        if token in _RANK_MARKS and found:
            continue
        if token in _DOUBT or token in _PARTICLES or not _WORD.fullmatch(token):
            break
        found.append(token)
    return found

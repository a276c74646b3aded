"""Truth: what a photo shows, and which of a model's taxa are right about it at each level."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.position import Position
from fieldmark.domain.taxon import Rank, Taxon
from fieldmark.domain.vocabulary import Vocabulary
from fieldmark.errors import RequestError

__all__ = ["LEVELS", "Level", "Truth", "TruthRow", "truth_of"]

Level = Literal["species", "genus", "family"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
_RANKS: Final = (Rank.GENUS, Rank.FAMILY)


@dataclass(frozen=True, slots=True)
class TruthRow:
    """One row of a truth file.

    ``labels`` are the indices stated as right, empty where the row says that the model has no class
    for the animal, None where the taxon decides. ``lineage`` names groups above the taxon, for
    animals that the model's own taxonomy does not reach.
    """

    line: int
    photo: str
    path: Path
    at: Position | None = None
    on: date | None = None
    taxon: str | None = None
    lineage: tuple[str, ...] = ()
    labels: tuple[int, ...] | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What a photo shows: ``names`` are the taxon and the groups above it, by scientific name.

    ``right`` ``[3, K]`` says for each level which of the model's taxa are right. At species level
    that is the accepted taxa: of the labels whose taxon is the true one or a group above it, the
    narrowest, so that a genus-wide label is right only where the model has no narrower class. A
    truth wider than a species also accepts every taxon below it. At genus and family level a taxon
    that shares the genus or the family is right too; what is right at one level stays right at the
    wider ones.
    """

    name: str
    names: frozenset[str]
    right: NDArray[np.bool_]

    @property
    def has_class(self) -> bool:
        """Tell whether any of the model's taxa is right at species level."""
        return bool(self.right[0].any())

    def holds(self, taxon: Taxon) -> bool:
        """Tell whether it is true to call the animal that, however widely."""
        return taxon.scientific_name in self.names


def truth_of(row: TruthRow, vocabulary: Vocabulary) -> Truth:
    """Return the truth of a row in the model's words.

    Raises:
        RequestError: neither taxon nor label is stated, or a label is no animal of the model.
    """
    if row.taxon is None and not row.labels:
        raise RequestError(f"{row.photo}: neither a taxon nor a label says what the photo shows")
    stated = None if row.labels is None else _stated(row.labels, vocabulary)
    names = set(row.lineage)
    if row.taxon is not None:
        names |= _names_above(row.taxon, vocabulary.taxa)
    else:
        names |= {name for k in stated or () for name in _own_names(vocabulary.taxa[k])}
    species = np.zeros(len(vocabulary.taxa), dtype=np.bool_)
    species[list(_accepted(row.taxon, names, vocabulary.taxa) if stated is None else stated)] = True
    levels = [species]
    for rank in _RANKS:
        shared = [_shares(taxon, rank, names) for taxon in vocabulary.taxa]
        levels.append(levels[-1] | np.array(shared, dtype=np.bool_))
    name = row.taxon or vocabulary.taxa[min(stated or ())].scientific_name
    return Truth(name, frozenset(names), np.stack(levels))


def _stated(labels: Iterable[int], vocabulary: Vocabulary) -> set[int]:
    """Return the vocabulary's rows of those labels."""
    rows = {taxon.id: k for k, taxon in enumerate(vocabulary.taxa)}
    found = set()
    for index in labels:
        if not 0 <= index < len(vocabulary.labels):
            raise RequestError(
                f"label {index} does not exist; the model's run from 0 to "
                f"{len(vocabulary.labels) - 1}"
            )
        label = vocabulary.labels[index]
        if label.taxon is None:
            raise RequestError(f"label {index} ({label.name}) is no animal")
        found.add(rows[label.taxon.id])
    return found


def _accepted(name: str | None, names: set[str], taxa: tuple[Taxon, ...]) -> list[int]:
    """Return the narrowest taxa that are the truth or above it, and all that are below it."""
    above = [k for k, taxon in enumerate(taxa) if taxon.scientific_name in names]
    narrowest = min((taxa[k].rank for k in above), default=None)
    below = [
        k for k, taxon in enumerate(taxa) if any(a.scientific_name == name for a in taxon.lineage)
    ]
    return [k for k in above if taxa[k].rank == narrowest] + below


def _names_above(name: str, taxa: tuple[Taxon, ...]) -> set[str]:
    """Return the name, and of the groups above it those that the model's taxonomy knows.

    A taxon that the model does not know is placed by the first words of its name: a subspecies in
    its species, a species in its genus.
    """
    known = _taxonomy(taxa)
    words = name.split()
    names = {name}
    for count in range(len(words), 0, -1):
        found = known.get(" ".join(words[:count]))
        if found is not None:
            return names | found
    return names | ({words[0]} if len(words) > 1 else set())


def _taxonomy(taxa: tuple[Taxon, ...]) -> Mapping[str, set[str]]:
    """Return for each taxon and each group of the model its name and the names above."""
    known: dict[str, set[str]] = {}
    for taxon in taxa:
        above = [ancestor.scientific_name for ancestor in taxon.lineage]
        for depth, name in enumerate([*above, taxon.scientific_name]):
            known.setdefault(name, {*above[:depth], name})
    return known


def _own_names(taxon: Taxon) -> set[str]:
    return {taxon.scientific_name, *(ancestor.scientific_name for ancestor in taxon.lineage)}


def _shares(taxon: Taxon, rank: Rank, names: set[str]) -> bool:
    group = taxon.at(rank)
    return group is not None and group.scientific_name in names

"""A model's vocabulary: which of its labels mean which taxon, and what those taxa add up to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.taxon import Label, Rank, Taxon

__all__ = ["Group", "Vocabulary"]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A wider taxon and the rows of the vocabulary's taxa that belong to it."""

    taxon: Taxon
    members: NDArray[np.intp]


class Vocabulary:
    """The ``K`` distinct taxa of ``L`` labels, in the order in which the labels first name them."""

    def __init__(self, labels: Sequence[Label]) -> None:
        by_id: dict[int, int] = {}
        taxa: list[Taxon] = []
        slots = np.full(len(labels), -1, dtype=np.intp)
        for label in labels:
            if label.taxon is not None:
                if label.taxon.id not in by_id:
                    by_id[label.taxon.id] = len(taxa)
                    taxa.append(label.taxon)
                slots[label.index] = by_id[label.taxon.id]
        self.labels = tuple(labels)
        self.taxa = tuple(taxa)
        self.taxon_ids: NDArray[np.int32] = np.array([t.id for t in taxa], dtype=np.int32)
        self._slots = slots
        self._animal_labels = np.flatnonzero(slots >= 0)
        self.domestic = np.zeros(len(taxa), dtype=np.bool_)
        for label in labels:
            if label.setting == "domestic":
                self.domestic[slots[label.index]] = True
        self.groups = _groups(self.taxa)

    def by_taxon(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``[K]``, the sums over the labels of each taxon, from ``[L]``."""
        animal = self._animal_labels
        return np.bincount(
            self._slots[animal], weights=scores[animal], minlength=len(self.taxa)
        ).astype(np.float64)

    def best_labels(self, scores: NDArray[np.float64], rows: Sequence[int]) -> list[Label]:
        """Return for each of those taxa the label that scores highest."""
        best = []
        for row in rows:
            candidates = np.flatnonzero(self._slots == row)
            best.append(self.labels[candidates[np.argmax(scores[candidates])]])
        return best


def _groups(taxa: Sequence[Taxon]) -> tuple[Group, ...]:
    """Return every ancestor up to class with its members, the narrowest rank first."""
    wider: dict[int, Taxon] = {}
    members: dict[int, list[int]] = {}
    for row, taxon in enumerate(taxa):
        members.setdefault(taxon.id, []).append(row)
        for depth, ancestor in enumerate(taxon.lineage):
            members.setdefault(ancestor.id, []).append(row)
            if ancestor.rank <= Rank.CLASS:
                wider[ancestor.id] = Taxon(
                    ancestor.id,
                    ancestor.scientific_name,
                    ancestor.common_name,
                    ancestor.rank,
                    taxon.lineage[:depth],
                )
    return tuple(
        Group(taxon, np.array(members[taxon.id], dtype=np.intp))
        for taxon in sorted(wider.values(), key=lambda taxon: (taxon.rank, taxon.id))
    )

"""A model's vocabulary: which of its labels mean which taxon, and what those taxa add up to."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.taxon import Label, Rank, Taxon

__all__ = ["Vocabulary"]


class Vocabulary:
    """The ``K`` distinct taxa of ``L`` labels, in the order in which the labels first name them.

    ``groups`` are the ``G`` wider taxa up to class, the narrowest rank first; a group gathers every
    taxon below it, and a label's own taxon where that is the group itself.
    """

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
        self._labels_of = [np.flatnonzero(slots == row) for row in range(len(taxa))]
        self.domestic = np.zeros(len(taxa), dtype=np.bool_)
        for label in labels:
            if label.taxon is not None:
                self.domestic[slots[label.index]] |= label.setting == "domestic"
        self.groups, members = _groups(self.taxa)
        self._members = np.concatenate([*members, np.zeros(0, dtype=np.intp)])
        self._starts = np.cumsum([0, *map(len, members)][:-1], dtype=np.intp)

    def by_taxon(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``[K]``, the sums over the labels of each taxon, from ``[L]``."""
        animal = self._animal_labels
        return np.bincount(
            self._slots[animal], weights=scores[animal], minlength=len(self.taxa)
        ).astype(np.float64)

    def by_group(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``[G]``, the sums over the members of each group, from ``[K]``."""
        if not self.groups:
            return np.zeros(0, dtype=np.float64)
        return np.asarray(np.add.reduceat(scores[self._members], self._starts), dtype=np.float64)

    def best_label(self, scores: NDArray[np.float64], row: int) -> Label:
        """Return the label of that taxon that scores highest, from ``[L]``."""
        candidates = self._labels_of[row]
        return self.labels[int(candidates[scores[candidates].argmax()])]


def _groups(taxa: Sequence[Taxon]) -> tuple[tuple[Taxon, ...], list[NDArray[np.intp]]]:
    """Return every ancestor up to class, the narrowest rank first, and the rows of its members."""
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
    groups = tuple(sorted(wider.values(), key=lambda group: (group.rank, group.id)))
    return groups, [np.array(members[group.id], dtype=np.intp) for group in groups]

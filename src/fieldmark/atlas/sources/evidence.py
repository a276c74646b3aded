"""What every source gives: where and when its taxa occur, and how often."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from fieldmark.atlas.geography import Geography
from fieldmark.atlas.sources.occurrences import Provenance
from fieldmark.atlas.taxa import Taxa

__all__ = ["Evidence", "NamingSource", "Source"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """``n`` rows: a taxon occurs in a cell in these months so often.

    ``taxon_id`` ``[n]`` int32; ``cell`` ``[n]`` int64, H3 at the base resolution; ``months``
    ``[n]`` int16, bits 0 to 11; ``quanta`` ``[n]`` int32, occurrence in steps of
    ``atlas_format.QUANTA``: whole numbers, so that sums do not depend on their order. ``nowhere``
    are taxa that the source knows to live nowhere any more: an atlas does not judge them.
    """

    taxon_id: NDArray[np.int32]
    cell: NDArray[np.int64]
    months: NDArray[np.int16]
    quanta: NDArray[np.int32]
    nowhere: frozenset[int] = frozenset()

    @classmethod
    def joined(cls, parts: "list[Evidence]") -> Self:
        """Return the rows of all parts; there may be none."""
        return cls(
            np.concatenate([np.zeros(0, np.int32), *(part.taxon_id for part in parts)]),
            np.concatenate([np.zeros(0, np.int64), *(part.cell for part in parts)]),
            np.concatenate([np.zeros(0, np.int16), *(part.months for part in parts)]),
            np.concatenate([np.zeros(0, np.int32), *(part.quanta for part in parts)]),
            frozenset().union(*(part.nowhere for part in parts)),
        )


class Source(Protocol):
    """One file that says where animals occur."""

    @property
    def name(self) -> str:
        """What the release calls it among its sources."""
        ...

    def evidence(self, geography: Geography, taxa: Taxa) -> Evidence:
        """Return where the taxa of the source occur.

        Raises:
            SourceBroken: the file is not what it should be; the text names file, line, column,
                value and remedy.
        """
        ...


@runtime_checkable
class NamingSource(Protocol):
    """A source that speaks of species by name, and is not told which taxa there are."""

    @property
    def names(self) -> Sequence[str]:
        """The scientific names that it speaks of, each once.

        Raises:
            SourceBroken: as ``evidence``.
        """
        ...

    @property
    def provenance(self) -> Provenance:
        """Where its word comes from."""
        ...

    def unmatched(self, taxa: Taxa) -> Sequence[str]:
        """Return the names that are no taxon's."""
        ...

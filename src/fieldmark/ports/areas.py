"""Features of areas and the cache before them."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Protocol

from fieldmark.domain.answer import Tier
from fieldmark.domain.area import Release
from fieldmark.domain.taxon import Taxon

__all__ = ["AreaStore", "Cache", "FoundAreas", "Tier"]


@dataclass(frozen=True, slots=True)
class FoundAreas:
    """Packed records by cell; a cell that the release does not hold is absent.

    ``beside`` are records of other cells that came along at no cost, for whoever keeps them.
    """

    records: Mapping[int, bytes] = field(default_factory=dict)
    tier: Tier = "none"
    age_s: float = 0.0
    stale: bool = False
    beside: Mapping[int, bytes] = field(default_factory=dict)


class AreaStore(Protocol):
    """The features of areas: the release of an atlas that is in use, and the one before it.

    A store that many publish to may go over to another release at any moment. Whoever reads more
    than once for one answer takes ``release`` first and names it in what follows, so that no answer
    mixes two; unnamed is the one in use.
    """

    def release(self) -> Release:
        """Return what the release in use says of itself.

        Raises:
            AtlasBroken: there is none, or it is not readable.
            NotPublished: it is a store that releases are published to, and none was yet.
            Unavailable: the store did not answer.
        """
        ...

    def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
        """Return the packed records of the cells in one query, in ``atlas_format``'s form.

        Raises:
            AtlasBroken: the release is not readable.
            ReleaseGone: the store holds no release of that name (any more).
            Unavailable: the store did not answer in time.
        """
        ...

    def taxa(self, taxon_ids: Iterable[int], release: str | None = None) -> Mapping[int, Taxon]:
        """Return the taxa of the release by id; unknown ids are absent.

        Raises:
            As ``areas``.
        """
        ...

    def range_of(self, taxon_id: int, release: str | None = None) -> Mapping[int, int] | None:
        """Return the cells where the taxon occurs, each with its months as bits 0 to 11.

        None where the atlas has never heard of the taxon.

        Raises:
            As ``areas``.
        """
        ...

    def close(self) -> None:
        """Let go of what is open; calling it twice does no harm."""
        ...


class Cache(Protocol):
    """Bytes by key for a while. A cache may forget anything at any time.

    One that stands elsewhere raises ``Unavailable`` where it did not answer in time.
    """

    def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return what is there, in one round trip; a key that is missing or expired is absent."""
        ...

    def set_many(self, entries: Mapping[str, bytes], ttl_s: float) -> None:
        """Keep the entries for that long at most, in one round trip."""
        ...

    def add_many(self, entries: Mapping[str, bytes], ttl_s: float) -> AbstractSet[str]:
        """Keep the entries of whose key there is none yet, in one round trip; return their keys.

        Of many who ask for a key at once, one is told that theirs was kept.
        """
        ...

    def close(self) -> None:
        """Let go of what is open; calling it twice does no harm."""
        ...

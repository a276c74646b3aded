"""The features of areas beside what people say against them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from fieldmark.adapters.live_overrides import LiveOverrides
from fieldmark.domain.area import Release
from fieldmark.domain.taxon import Taxon
from fieldmark.ports import AreaStore, FoundAreas

__all__ = ["OverriddenAreas"]


class OverriddenAreas:
    """A ports.AreaStore over another one whose release carries the live overrides.

    Records are what they were: whoever makes features of them applies the overrides (``lookup``).
    """

    def __init__(self, store: AreaStore, overrides: LiveOverrides) -> None:
        self._store = store
        self._overrides = overrides

    def release(self) -> Release:
        """See ports.AreaStore."""
        return replace(self._store.release(), live=self._overrides.get())

    def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
        """See ports.AreaStore."""
        return self._store.areas(cells, release)

    def taxa(self, taxon_ids: Iterable[int], release: str | None = None) -> Mapping[int, Taxon]:
        """See ports.AreaStore."""
        return self._store.taxa(taxon_ids, release)

    def range_of(self, taxon_id: int, release: str | None = None) -> Mapping[int, int] | None:
        """See ports.AreaStore."""
        return self._store.range_of(taxon_id, release)

    def close(self) -> None:
        """See ports.AreaStore."""
        self._store.close()
        self._overrides.close()

"""The service: the running parts that the handlers share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from fieldmark.domain.names import Names
from fieldmark.entrypoints.web.body import Budget
from fieldmark.entrypoints.web.capacity import Capacity
from fieldmark.entrypoints.web.clients import Keys, Rates
from fieldmark.entrypoints.web.taxon_index import TaxonIndex
from fieldmark.keeping import Keeper
from fieldmark.ports import AreaStore, Gazetteer, Identifier, Observer, Uploads
from fieldmark.settings import Settings
from fieldmark.telemetry.metrics import Metrics

__all__ = ["Service", "Shared"]


@dataclass(frozen=True, slots=True)
class Service:
    """What a request may need.

    ``keeper`` is None where nothing is kept, ``uploads`` where photos come directly only;
    ``domestic`` are the taxa that the model knows to live with people.
    """

    settings: Settings
    identifier: Identifier
    areas: AreaStore
    gazetteer: Gazetteer
    taxa: TaxonIndex
    keeper: Keeper | None
    uploads: Uploads | None
    capacity: Capacity
    budget: Budget
    keys: Keys
    rates: Rates | None
    metrics: Metrics
    observer: Observer
    model: str
    examples: Mapping[str, Path] = field(default_factory=dict)
    domestic: frozenset[int] = frozenset()
    names: Names = field(default_factory=Names)

    def close(self) -> None:
        """Let go of what is open, once nothing runs any more."""
        self.capacity.close()
        self.identifier.close()
        self.areas.close()
        self.gazetteer.close()
        if self.keeper is not None:
            self.keeper.close()
        if self.uploads is not None:
            self.uploads.close()


Shared = NamedDependency[SkipValidation[Service]]
"""The service as handlers are given it: the parameter is called ``service``."""

"""iNaturalist's open data: ``observations.csv`` and ``taxa.csv`` in one folder, packed or not.

The tables that iNaturalist publishes every month hold the observations with a photo under an open
licence; they say neither which animals are captive nor which coordinates are obscured. What is
``casual`` counts as captive: with a day, a place and a photo, as it has here, there is hardly
another reason for that grade. Coordinates are obscured where their accuracy says so. The licences
in ``photos.csv`` are those of photos, not of records: records have none.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Final, Self

import ibis
from ibis.expr.types import Table, Value

from fieldmark.atlas.sources.columns import date_number, number, surely, text
from fieldmark.atlas.sources.downloads import open_table
from fieldmark.atlas.sources.formats import Sample, sampled
from fieldmark.atlas.sources.obscured import looks_obscured
from fieldmark.atlas.sources.occurrences import NAMES, Provenance, Staged
from fieldmark.atlas.sources.staged import StagedTables, record_rows
from fieldmark.atlas.sources.staging import TextShape, column_names, stage_text
from fieldmark.errors import SourceBroken

__all__ = ["InaturalistTables"]

_OBSERVATIONS: Final = (
    "observer_id", "latitude", "longitude", "positional_accuracy", "taxon_id", "quality_grade",
    "observed_on",
)  # fmt: skip
_TAXA: Final = ("taxon_id", "ancestry", "rank", "name")
_RANKS: Final = ("kingdom", "phylum", "class", "order", "family", "genus", "species")


class InaturalistTables:
    """A occurrences.RecordSource: a folder, or a zip, of iNaturalist's open data."""

    SIGN: Final = "a folder of iNaturalist's open data, observations.csv and taxa.csv"

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """Return the source that a folder or zip is."""
        return cls(Path(sample.address))

    @staticmethod
    def fits(sample: Sample) -> bool:
        """Tell whether a folder holds iNaturalist's tables."""
        return bool(sample.holds("observations.csv") and sample.holds("taxa.csv"))

    @property
    def name(self) -> str:
        """See occurrences.RecordSource."""
        return self._path.name

    def stage(self, into: Path) -> StagedTables:
        """See occurrences.RecordSource."""
        sample = sampled(self._path)
        observations = self._staged(sample, "observations", _OBSERVATIONS, into)
        taxa = self._staged(sample, "taxa", _TAXA, into)
        return StagedTables(
            {"observations": [str(observations.path)], "taxa": [str(taxa.path)]},
            observations.unreadable,
            Provenance("iNaturalist Licensed Observation Images", notes=observations.examples),
            _records,
            _names,
        )

    def _staged(self, sample: Sample, table: str, columns: tuple[str, ...], into: Path) -> Staged:
        member = sample.holds(f"{table}.csv")
        if member is None:
            raise SourceBroken(f"{self._path} holds no {table}.csv; fetch it beside the others")
        folder = self._path.is_dir()  # whose files may be packed themselves
        path = self._path / member if folder else self._path

        def opened() -> AbstractContextManager[BinaryIO]:
            return open_table(path, None if folder else member)

        where = str(self._path / member)
        missing = set(columns) - set(column_names(opened, where, TextShape()))
        if missing:
            raise SourceBroken(f"{where}:1: no column {', '.join(sorted(missing))}")
        keep = {name: name for name in columns}
        return stage_text(opened, where, TextShape(), into / f"{table}.parquet", keep)


def _records(tables: Mapping[str, Table]) -> Table:
    table = tables["observations"]
    latitude, accuracy_m = number(table.latitude), number(table.positional_accuracy)
    columns = {
        "name_key": text(table.taxon_id),
        "latitude": latitude,
        "longitude": number(table.longitude),
        "uncertainty_m": accuracy_m,
        "date": date_number(table.observed_on),
        "observer": text(table.observer_id),
        "dataset": ibis.literal("iNaturalist"),
        "basis": ibis.literal("HUMAN_OBSERVATION"),
        "absent": ibis.literal(value=False),
        "captive": surely(text(table.quality_grade) == "casual"),
        "obscured": looks_obscured(latitude, accuracy_m),
    }
    return record_rows(table, columns)


def _names(tables: Mapping[str, Table]) -> Table:
    """Return the taxa that were observed, with the names of their ancestors by rank.

    One that ``taxa.csv`` lacks, as iNaturalist merges taxa, has its id and no name.
    """
    taxa = tables["taxa"].select(list(_TAXA)).distinct()
    observed = tables["observations"].select("taxon_id").distinct()
    own = (
        observed.filter(observed.taxon_id.notnull()).left_join(taxa, "taxon_id").select(list(_TAXA))
    )
    parts = own.select("taxon_id", ancestor=own.ancestry.split("/"))
    above = parts.select("taxon_id", ancestor=parts.ancestor.unnest()).filter(
        lambda row: row.ancestor != ""
    )
    named = taxa.view().select(ancestor="taxon_id", above_rank="rank", above_name="name")
    joined = above.inner_join(named, "ancestor")
    lineage = joined.group_by("taxon_id").agg(
        **{
            f"above_{rank}": joined.above_name.max(where=joined.above_rank == rank)
            for rank in _RANKS
        }
    )
    both = own.left_join(lineage, "taxon_id")
    return both.select(_name_columns(both))


def _name_columns(both: Table) -> dict[str, Value]:
    columns: dict[str, Value] = {
        "name_key": both.taxon_id,
        "taxon_id": both.taxon_id,
        "scientific_name": both["name"],
        "rank": both["rank"],
    }
    for rank in _RANKS:
        own = (both["rank"] == rank).ifelse(both["name"], ibis.null("string"))
        columns[rank] = ibis.coalesce(own, both[f"above_{rank}"])
    return {name: columns[name] for name in NAMES.names}

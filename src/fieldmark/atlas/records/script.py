"""Counting on Athena, in three steps that somebody with an account takes; docs/athena.md is how.

1. ``names_script``: the names of a snapshot of GBIF's, to be fetched and matched here.
2. ``count_script``: the same counting as anywhere, over the tables that matching gave.
3. ``fetched_counts``: what was fetched becomes ``Counts`` over local Parquet, for DuckDB.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import ibis

from fieldmark.atlas.engines import Engine
from fieldmark.atlas.engines.athena import AthenaScript
from fieldmark.atlas.records.clean import CleaningSpec
from fieldmark.atlas.records.count import rows_by_kind, rows_used, tallies_of
from fieldmark.atlas.records.counts import Counts
from fieldmark.atlas.records.effort import effort
from fieldmark.atlas.records.found import found
from fieldmark.atlas.records.kinds import Kinds
from fieldmark.atlas.records.nearby import Place
from fieldmark.atlas.records.sightings import Known, MatchedSource, sightings

__all__ = ["GBIF_LICENCES", "OUTPUTS", "count_script", "fetched_counts", "names_script"]

GBIF_LICENCES: Final = ("CC0_1_0", "CC_BY_4_0", "CC_BY_NC_4_0", "UNSPECIFIED", "UNSUPPORTED")
"""All that stands in GBIF's column ``license``. Source: GBIF API, the enumeration License."""

OUTPUTS: Final = ("found", "effort", "rows_by_kind", "rows_used")

Expression = Callable[[Mapping[str, ibis.Table]], ibis.Table]


def names_script(script: AthenaScript, address: str, names: Expression, table: str) -> None:
    """Write what gives the names of a snapshot, unloaded as ``names``.

    Args:
        script: gets the statements.
        address: of the snapshot, ``s3://gbif-open-data-REGION/occurrence/DATE/occurrence.parquet``.
        names: as a ``StagedSource`` has it.
        table: what that calls its table.
    """
    script.output(names({table: script.parquet([address])}), "names")


def count_script(
    script: AthenaScript, source: MatchedSource, spec: CleaningSpec, places: Sequence[Place]
) -> None:
    """Write what counts the records, unloaded as ``OUTPUTS``."""
    kinds = Kinds.of([source.names])
    seen = sightings(script, [source], kinds, spec, Known.of(places, GBIF_LICENCES))
    _, detailed = found(script, seen.rows, kinds, [source.weight_units])
    looked = effort(script, seen, [source], kinds)
    outputs = (detailed, looked, rows_by_kind(seen), rows_used(seen, kinds))
    for name, table in zip(OUTPUTS, outputs, strict=True):
        script.output(table, name)


def fetched_counts(engine: Engine, folder: Path, source: MatchedSource) -> Counts:
    """Return the counts that were fetched into that folder, ``NAME/*`` for each of ``OUTPUTS``.

    Raises:
        SourceBroken: a file is missing or no Parquet.
    """
    tables = {name: _whole(engine.parquet([str(folder / name / "*")])) for name in OUTPUTS}
    kinds = Kinds.of([source.names])
    by_kind = engine.read(tables["rows_by_kind"].select("source", "kind", "rows"))
    used = engine.read(tables["rows_used"].select("origin", "rows"))
    tallies, unmatched, licences = tallies_of(by_kind, used, [source], kinds)
    return Counts(
        visits=tables["found"].select("taxon_id", "bin", "month", "weight", "records"),
        found=tables["found"],
        effort=tables["effort"],
        group_of=kinds.group_of,
        tallies=tallies,
        unmatched=unmatched,
        licences=licences,
    )


def _whole(table: ibis.Table) -> ibis.Table:
    """Return the table with its sums as whole numbers, whatever they were fetched as."""
    sums = {"weight", "records", "days", "observers", "datasets", "rows"}.intersection(
        table.columns
    )
    return table.mutate(**{name: table[name].cast("int64") for name in sums})

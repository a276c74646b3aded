"""Counting on Athena: the two scripts that somebody with an account runs; docs/athena.md is how.

1. ``names_script``: the names of a snapshot of GBIF's, to be fetched and matched here.
2. ``count_script``: the same counting as anywhere, over the tables that matching gave.

Each output is kept as a table first, so that ``totals`` can say how many rows it has: what is
fetched is held to that.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import ibis

from fieldmark.atlas.engines.athena import AthenaScript
from fieldmark.atlas.records.clean import CleaningSpec
from fieldmark.atlas.records.count import rows_by_kind, rows_used
from fieldmark.atlas.records.effort import effort
from fieldmark.atlas.records.found import found
from fieldmark.atlas.records.kinds import Kinds
from fieldmark.atlas.records.nearby import Place
from fieldmark.atlas.records.sightings import Known, MatchedSource, sightings
from fieldmark.atlas.sources.occurrences import NAMES

__all__ = ["COUNTS", "GBIF_LICENCES", "NAMED", "TOTALS", "count_script", "names_script"]

GBIF_LICENCES: Final = ("CC0_1_0", "CC_BY_4_0", "CC_BY_NC_4_0", "UNSPECIFIED", "UNSUPPORTED")
"""All that stands in GBIF's column ``license``. Source: GBIF API, the enumeration License."""

NAMED: Final[Mapping[str, ibis.Schema]] = {"names": NAMES}
"""What the first script gives beside ``totals``."""

COUNTS: Final[Mapping[str, ibis.Schema]] = {
    "found": ibis.schema(
        {
            "taxon_id": "int32", "bin": "int32", "month": "int8", "weight": "int64",
            "records": "int64", "days": "int64", "observers": "int64", "datasets": "int64",
        }
    ),
    "effort": ibis.schema({"group": "int32", "bin": "int32", "month": "int8", "weight": "int64"}),
    "rows_by_kind": ibis.schema({"source": "int32", "kind": "int64", "rows": "int64"}),
    "rows_used": ibis.schema({"origin": "int64", "rows": "int64"}),
}  # fmt: skip
"""What the second gives beside ``totals``."""

TOTALS: Final = "totals"
"""The output that says how many ``rows`` each other has, by its ``name``."""


def names_script(script: AthenaScript, names: ibis.Table) -> None:
    """Write what gives the names of a snapshot, unloaded as ``NAMED``."""
    _give(script, {"names": script.keep(names, "names")})


def count_script(
    script: AthenaScript, source: MatchedSource, spec: CleaningSpec, places: Sequence[Place]
) -> None:
    """Write what counts the records, unloaded as ``COUNTS``."""
    kinds = Kinds.of([source.names])
    seen = sightings(script, [source], kinds, spec, Known.of(places, GBIF_LICENCES))
    _, detailed = found(script, seen.rows, kinds, [source.weight_units])
    outputs = {
        "found": script.keep(detailed, "found"),
        "effort": effort(script, seen, [source], kinds),
        "rows_by_kind": script.keep(rows_by_kind(seen), "rows_by_kind"),
        "rows_used": script.keep(rows_used(seen, kinds), "rows_used"),
    }
    _give(script, outputs)


def _give(script: AthenaScript, outputs: Mapping[str, ibis.Table]) -> None:
    totals = [
        table.aggregate(rows=table.count()).select("rows", name=ibis.literal(name))
        for name, table in outputs.items()
    ]
    for name, table in outputs.items():
        script.output(table, name)
    script.output(ibis.union(*totals) if len(totals) > 1 else totals[0], TOTALS)

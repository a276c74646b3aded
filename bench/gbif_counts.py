"""Counts of a small GBIF Parquet file for ``atlas_evaluation``: by order, and hardly cleaned.

What a build counts goes through names, cleaning and engines; this is the least that makes visits
of real records: a person, a day and a bin, and what orders they recorded.
"""

from pathlib import Path

import duckdb
import h3.api.basic_int as h3
import numpy as np

from fieldmark.atlas.records.counts import BIN_DEG, CellCounts

_RECORDS = f"""
SELECT "order" AS name, year, coalesce(month, 0) AS month, avg(decimallatitude) AS latitude,
       avg(decimallongitude) AS longitude
FROM records
WHERE "order" IS NOT NULL AND decimallatitude IS NOT NULL
  AND (decimallatitude <> 0 OR decimallongitude <> 0)
GROUP BY "order", year, month, day, recordedby::VARCHAR,
         floor(decimallatitude / {BIN_DEG}), floor(decimallongitude / {BIN_DEG})
"""  # noqa: S608 - the size of a bin


def gbif_counts(file: Path, resolution: int) -> CellCounts:
    """Return visits by order of living things, cell and month; all orders are one target group."""
    with duckdb.connect() as connection:
        connection.read_parquet(str(file)).create_view("records")
        visits = connection.sql(_RECORDS).to_arrow_table().to_pydict()
    places = zip(visits["latitude"], visits["longitude"], strict=True)
    cells = np.array([h3.latlng_to_cell(*place, resolution) for place in places], dtype=np.int64)
    column = (np.array(visits["month"], dtype=np.int64) - 1) % 13
    names, orders = np.unique(visits["name"], return_inverse=True)
    pairs, home = np.unique(np.stack([orders, cells], axis=1), axis=0, return_inverse=True)
    found = np.zeros((len(pairs), 13))
    np.add.at(found, (home.ravel(), column), 1.0)
    looked, at = np.unique(cells, return_inverse=True)
    effort = np.zeros((looked.size, 13))
    np.add.at(effort, (at, column), 1.0)
    return CellCounts(
        resolution=resolution,
        taxon_id=pairs[:, 0].astype(np.int32),
        found_cell=pairs[:, 1],
        found=found,
        records=found,
        group=np.zeros(looked.size, dtype=np.int32),
        effort_cell=looked,
        effort=effort,
        group_of=dict.fromkeys(range(names.size), 0),
    )

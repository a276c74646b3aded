"""Evidence to occurrence per taxon, cell and month: one Ibis expression, the same on any backend.

Where several rows speak of one month the highest counts. A coarser cell holds the mean over *all*
the base cells in it, those without the taxon included: what someone finds who is somewhere in it.
Numbers are whole quanta until the last division, so no sum depends on its order.
"""

from typing import Final

import h3.api.basic_int as h3
import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fieldmark.atlas.sources import Evidence
from fieldmark.domain.area import MONTHS

__all__ = ["MONTH_COLUMNS", "evidence_table", "levels_table", "occurrence"]

MONTH_COLUMNS: Final = tuple(f"month_{month:02d}" for month in range(1, MONTHS + 1))


def evidence_table(evidence: Evidence) -> ibis.Table:
    """Return evidence as columns ``taxon_id``, ``cell``, ``months``, ``quanta``."""
    return _table(
        {
            "taxon_id": evidence.taxon_id,
            "cell": evidence.cell,
            "months": evidence.months,
            "quanta": evidence.quanta,
        }
    )


def levels_table(cells: NDArray[np.int64], resolution: int) -> ibis.Table:
    """Return for each base cell the cells that hold it, itself first, up to resolution 0.

    Columns ``cell``, ``holder`` and ``base_cells``, how many base cells the holder has in all.
    """
    base = cells.tolist()
    holders = [h3.cell_to_parent(cell, level) for level in range(resolution + 1) for cell in base]
    sizes = {holder: h3.cell_to_children_size(holder, resolution) for holder in set(holders)}
    return _table(
        {
            "cell": np.tile(cells, resolution + 1),
            "holder": np.array(holders, dtype=np.int64),
            "base_cells": np.array([sizes[holder] for holder in holders], dtype=np.int64),
        }
    )


def occurrence(evidence: ibis.Table, levels: ibis.Table) -> ibis.Table:
    """Return occurrence in quanta: ``cell``, ``taxon_id``, ``best``, ``month_01`` … ``month_12``.

    ``best`` is the highest of the taxon in any base cell and month. Rows ascend by cell and taxon.
    """
    base = evidence.group_by("taxon_id", "cell").aggregate(
        **{
            column: ((evidence.months & (1 << month)) != 0).ifelse(evidence.quanta, 0).max()
            for month, column in enumerate(MONTH_COLUMNS)
        }
    )
    spread = base.join(levels, "cell")
    means = spread.group_by("taxon_id", "holder").aggregate(
        **{
            column: (spread[column].sum() / spread.base_cells.max()).round().cast("int32")
            for column in MONTH_COLUMNS
        }
    )
    best = ibis.greatest(*(means[column] for column in MONTH_COLUMNS)).max()
    return means.select(
        "taxon_id",
        cell=means.holder,
        best=best.over(ibis.window(group_by=means.taxon_id)),
        **{column: means[column] for column in MONTH_COLUMNS},
    ).order_by("cell", "taxon_id")


def _table(columns: dict[str, NDArray[np.integer]]) -> ibis.Table:
    return ibis.memtable(pa.table(columns))

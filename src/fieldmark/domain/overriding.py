"""What a cell knows, as overrides make it."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from fieldmark.domain.area import CellRecord
from fieldmark.domain.override import Override, changed

__all__ = ["overridden"]


def overridden(record: CellRecord, overrides: Iterable[Override]) -> CellRecord:
    """Return what a cell knows as the overrides make it, one after the other.

    What was not there and is included is taken to be as regular there as anywhere.
    """
    for override in overrides:
        record = _overridden(record, override)
    return record


def _overridden(record: CellRecord, override: Override) -> CellRecord:
    row = int(np.searchsorted(record.taxon_ids, override.taxon_id))
    held = row < record.taxon_ids.size and record.taxon_ids[row] == override.taxon_id
    if not held:
        if override.action != "include":
            return record
        record = _with_row(record, row, override.taxon_id)
    occurrence, best = record.occurrence.copy(), record.best.copy()
    occurrence[row] = changed(occurrence[row].astype(np.float64), override)
    best[row] = max(best[row], occurrence[row].max())
    return replace(record, occurrence=occurrence, best=best)


def _with_row(record: CellRecord, row: int, taxon_id: int) -> CellRecord:
    """Return the record with an empty row of that taxon."""
    records = record.records
    return replace(
        record,
        taxon_ids=np.insert(record.taxon_ids, row, taxon_id),
        occurrence=np.insert(record.occurrence, row, 0.0, axis=0),
        best=np.insert(record.best, row, 0.0),
        records=None if records is None else np.insert(records, row, 0, axis=0),
    )

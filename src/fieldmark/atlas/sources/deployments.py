"""Deployments of cameras: where each stood, by which clock, and on which days it looked and saw.

A camera looks whether anything comes by or not, so each day of a deployment is a visit. Where the
clock is known to be wrong, the days are not: such a camera tells where, but neither when nor how
often somebody looked.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from fieldmark.atlas.sources.local_days import clock_ahead, day_number, day_there
from fieldmark.errors import SourceBroken

__all__ = ["COLUMNS", "StagedDeployments", "stage_dates", "stage_deployments"]

COLUMNS: Final = {
    "deploymentID": "id",
    "latitude": "latitude",
    "longitude": "longitude",
    "coordinateUncertainty": "uncertainty_m",
    "deploymentStart": "start",
    "deploymentEnd": "end",
    "timestampIssues": "issues",
}
"""Columns of ``deployments.csv``, and what they are called when staged."""

_LONGEST_DAYS: Final = 3660
"""A camera that stood for more than ten years has a wrong clock."""

_SITES: Final = pa.schema(
    {
        "deployment": pa.string(),
        "latitude": pa.float64(),
        "longitude": pa.float64(),
        "uncertainty_m": pa.float64(),
    }
)
_DAYS: Final = pa.schema(
    {
        "latitude": pa.float64(),
        "longitude": pa.float64(),
        "date": pa.int32(),
        "observer": pa.string(),
    }
)
_BATCH: Final = 100_000


@dataclass(slots=True)
class StagedDeployments:
    """Parquet files: ``sites`` has a row for each deployment, ``days`` one for each day it looked.

    ``wrong_clocks`` counts deployments whose days are not known. ``ahead`` is by how many minutes
    the clocks of each are ahead of UTC, None where its camera's clock is wrong.
    """

    sites: Path
    days: Path
    wrong_clocks: int = 0
    ahead: dict[str, int | None] = field(default_factory=dict)


def stage_deployments(staged: Path, where: str, into: Path) -> StagedDeployments:
    """Work out sites and days of the deployments that were staged at that path.

    Raises:
        SourceBroken: two deployments have one id.
        OSError: the disk is full.
    """
    found = StagedDeployments(into / "sites.parquet", into / "days.parquet")
    with (
        pq.ParquetFile(staged) as file,
        pq.ParquetWriter(found.sites, _SITES) as sites,
        pq.ParquetWriter(found.days, _DAYS) as days,
    ):
        for batch in file.iter_batches(_BATCH):
            rows = [_site(row, found, where) for row in batch.to_pylist()]
            sites.write_table(pa.Table.from_pylist([site for site, _ in rows], _SITES))
            looked = chain.from_iterable(_looked(site, *span) for site, span in rows)
            while some := list(islice(looked, _BATCH)):
                days.write_table(pa.Table.from_pylist(some, _DAYS))
    return found


def stage_dates(staged: Path, found: StagedDeployments, out: Path) -> None:
    """Leave what was observed with ``date``, the local day as yyyymmdd, in place of ``start``.

    Args:
        staged: rows of ``deployment``, ``start`` and more; they keep their order.
        found: the deployments; a row of none of them has no date.
        out: the Parquet file to write.
    Raises:
        OSError: the disk is full.
    """
    with pq.ParquetFile(staged) as file:
        schema = file.schema_arrow
        place = schema.get_field_index("start")
        schema = schema.set(place, pa.field("date", pa.int32()))
        with pq.ParquetWriter(out, schema) as writer:
            for batch in file.iter_batches(_BATCH):
                pairs = zip(
                    *(batch[name].to_pylist() for name in ("deployment", "start")), strict=True
                )
                dates = pa.array([_date(found, *pair) for pair in pairs], pa.int32())
                columns = [
                    dates if n == place else column for n, column in enumerate(batch.columns)
                ]
                writer.write_batch(pa.record_batch(columns, schema=schema))


def _date(found: StagedDeployments, id_: str | None, moment: str | None) -> int | None:
    ahead = found.ahead.get(id_ or "")
    day = None if ahead is None else day_there(moment, ahead)
    return day_number(day) if day else None


Span = tuple[date | None, date | None]


def _site(
    row: Mapping[str, str | None], found: StagedDeployments, where: str
) -> tuple[dict[str, Any], Span]:
    longitude = _number(row["longitude"])
    ahead = clock_ahead((row["start"], row["end"]), longitude)
    first, last = day_there(row["start"], ahead), day_there(row["end"], ahead)
    right = (row["issues"] or "").lower() != "true"
    sound = first is not None and last is not None and 0 <= (last - first).days <= _LONGEST_DAYS
    if not (right and sound):
        found.wrong_clocks += 1
        first = last = None
    id_ = row["id"]
    if id_ is None or id_ in found.ahead:
        raise SourceBroken(
            f"{where}: deploymentID {id_!r} stands there twice, or is empty; each deployment "
            "needs an id of its own"
        )
    found.ahead[id_] = ahead if right else None
    site = {
        "deployment": id_,
        "latitude": _number(row["latitude"]),
        "longitude": longitude,
        "uncertainty_m": _number(row["uncertainty_m"]),
    }
    return site, (first, last)


def _looked(site: Mapping[str, Any], first: date | None, last: date | None) -> Iterator[Any]:
    if first is None or last is None or site["latitude"] is None or site["longitude"] is None:
        return
    for step in range((last - first).days + 1):
        day = first + timedelta(days=step)
        yield {
            "latitude": site["latitude"],
            "longitude": site["longitude"],
            "date": day_number(day),
            "observer": site["deployment"],
        }


def _number(text: str | None) -> float | None:
    """Return the number; None where nothing stands, NaN where something does that is none."""
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        return math.nan

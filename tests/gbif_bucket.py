"""Snapshots of GBIF's public bucket: records in its columns and types."""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from athena_double import AthenaDouble
from fieldmark.atlas.engines.athena import GBIF_BUCKET
from records import random_records

__all__ = ["SCHEMA", "SNAPSHOT", "downloaded_table", "gbif_table", "put_snapshot", "sample_table"]

SNAPSHOT: Final = "s3://gbif-open-data-eu-central-1/occurrence/2026-11-01/occurrence.parquet/*"

_TYPES: Final = {
    "string": pa.string(), "float64": pa.float64(), "int32": pa.int32(),
    "timestamp": pa.timestamp("us"), "array<string>": pa.list_(pa.string()),
}  # fmt: skip
SCHEMA: Final = pa.schema([(name, _TYPES[type_]) for name, type_ in GBIF_BUCKET.items()])


def gbif_table(rows: int) -> pa.Table:
    """Return random records in the shape of GBIF's bucket."""
    random = random_records(rows, 3).to_pylist()
    keys = {"lynx": 1, "bobcat": 2, "robin": 3, "bat": 4, "slug": 5, "oak": 6, None: None}
    filled = [
        {
            "datasetkey": row["dataset"],
            "decimallatitude": row["latitude"],
            "decimallongitude": row["longitude"],
            "coordinateuncertaintyinmeters": row["uncertainty_m"],
            "year": row["date"] and row["date"] // 10_000,
            "month": row["date"] and row["date"] // 100 % 100,
            "day": row["date"] and row["date"] % 100,
            "taxonkey": keys[row["name_key"]],
            "scientificname": row["name_key"],
            "basisofrecord": row["basis"],
            "license": row["licence"],
            "recordedby": None if row["observer"] is None else [row["observer"], "Zoe"],
            "occurrencestatus": "ABSENT" if row["absent"] else "PRESENT",
        }
        for row in random
    ]
    return pa.Table.from_pylist([dict.fromkeys(SCHEMA.names) | row for row in filled], SCHEMA)


def downloaded_table(download: Path) -> pa.Table:
    """Return the records of a zip with GBIF's simple CSV as its bucket has them."""
    with zipfile.ZipFile(download) as packed:
        (name,) = packed.namelist()
        text = io.StringIO(packed.read(name).decode())
    rows = csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE)
    lower = ({key.lower(): value for key, value in row.items()} for row in rows)
    return _shaped([row for row in lower if row["datasetkey"]])


def sample_table(file: Path) -> pa.Table:
    """Return the records of a file of 2021, when people and dates were text, as it has them now."""
    return _shaped(pq.read_table(file).to_pylist())


def put_snapshot(athena: AthenaDouble, table: pa.Table) -> None:
    """Put a table into the bucket as the snapshot; it has files of some rows each."""
    folder = athena.at(SNAPSHOT.removesuffix("*"))
    folder.mkdir(parents=True)
    half = table.num_rows // 2
    for number, part in enumerate((table.slice(0, half), table.slice(half))):
        pq.write_table(part, folder / f"00000{number}")


def _shaped(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(
        [{field.name: _value(row, field) for field in SCHEMA} for row in rows], SCHEMA
    )


def _value(row: Mapping[str, Any], field: pa.Field) -> Any:
    value = row[field.name]
    if value in {None, ""}:
        return None
    if pa.types.is_list(field.type):
        return [value]
    if pa.types.is_timestamp(field.type):
        return dt.datetime.fromisoformat(value) if "-" in value else None
    if pa.types.is_string(field.type):
        return value
    return float(value) if pa.types.is_floating(field.type) else int(value)

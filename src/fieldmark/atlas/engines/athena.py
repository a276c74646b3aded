"""Athena: the SQL of the same expressions, written down for somebody who has an account.

Nothing is run from here. What an engine would do becomes a statement: a table over GBIF's public
bucket, tables to upload, tables that are kept, and outputs that are unloaded as Parquet to be
fetched. ``read`` is what a script cannot do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import ibis
import pyarrow.parquet as pq
import sqlglot
from sqlglot import exp

from fieldmark.errors import SourceBroken

__all__ = ["GBIF_BUCKET", "AthenaScript", "Statement"]

GBIF_BUCKET: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "datasetkey", "kingdom", "phylum", "class", "order", "family", "genus", "species",
            "infraspecificepithet", "taxonrank", "scientificname", "countrycode",
            "occurrencestatus", "basisofrecord", "license", "establishmentmeans",
        ),
        "string",
    ),
    **dict.fromkeys(
        ("decimallatitude", "decimallongitude", "coordinateuncertaintyinmeters"), "float64"
    ),
    **dict.fromkeys(("day", "month", "year", "taxonkey"), "int32"),
    "eventdate": "timestamp",
    "recordedby": "array<string>",
}  # fmt: skip
"""The columns that are read of GBIF's snapshots and their types in Ibis; Athena finds them by name.

Source: gbif/occurrence, aws-public-data.md, "Getting started with Athena".
"""

_TYPES: Final[Mapping[str, str]] = {
    "string": "string", "float64": "double", "int64": "bigint", "int32": "int", "int8": "tinyint",
    "boolean": "boolean", "timestamp": "timestamp", "array<string>": "array<string>",
}  # fmt: skip
_BUCKET: Final = "s3://"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; ``query`` is the SELECT in it, None for a table over files."""

    kind: Literal["database", "bucket", "upload", "keep", "output"]
    name: str
    text: str
    query: str | None = None


class AthenaScript:
    """An ``Engine`` that writes statements.

    Args:
        workspace: an ``s3://`` address of one's own, for what is uploaded, kept and unloaded.
        folder: where the tables to upload are written, as ``tables/NAME/part.parquet``.
        database: holds the tables; one for each build, to be dropped after it.
    """

    def __init__(self, workspace: str, folder: Path, database: str = "fieldmark_atlas") -> None:
        if not workspace.startswith(_BUCKET):
            raise SourceBroken(f"the workspace of Athena is an s3:// address, not {workspace!r}")
        self._workspace = workspace.rstrip("/")
        self._folder = folder
        self.database = database
        self.statements = [
            Statement("database", database, f"CREATE DATABASE IF NOT EXISTS `{database}`")
        ]

    def parquet(self, paths: Sequence[str]) -> ibis.Table:
        """See ``Engine``; one snapshot of GBIF's."""
        address = paths[0].removesuffix("*").rstrip("/")
        if len(paths) != 1 or not address.startswith(_BUCKET):
            raise SourceBroken(f"Athena reads one snapshot in a bucket, not {', '.join(paths)}")
        schema = ibis.schema(GBIF_BUCKET)
        return self._over_files("bucket", "gbif", schema, address + "/")

    def memory(self, table: Any, name: str) -> ibis.Table:  # noqa: ANN401 - Arrow has no types
        """See ``Engine``; the table is written, to be uploaded."""
        part = self._folder / "tables" / name / "part.parquet"
        part.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, part)
        schema = ibis.schema({field.name: ibis.dtype(field.type) for field in table.schema})
        return self._over_files("upload", name, schema, f"{self._workspace}/tables/{name}/")

    def keep(self, expression: ibis.Table, name: str) -> ibis.Table:
        """See ``Engine``."""
        query = _sql(expression)
        place = f"external_location = '{self._workspace}/kept/{name}/'"
        text = f"CREATE TABLE \"{name}\" WITH (format = 'PARQUET', {place}) AS\n{query}"
        self.statements.append(Statement("keep", name, text, query))
        return ibis.table(expression.schema(), name=name)

    def output(self, expression: ibis.Table, name: str) -> None:
        """Unload the outcome of the expression, to be fetched."""
        query = _sql(expression)
        text = f"UNLOAD (\n{query}\n) TO '{self._workspace}/out/{name}/' WITH (format = 'PARQUET')"
        self.statements.append(Statement("output", name, text, query))

    def read(self, expression: ibis.Table) -> Any:  # noqa: ANN401 - as in Engine
        """Refuse: nothing is run from here."""
        raise TypeError(f"a script is run elsewhere and reads nothing: {expression.columns}")

    def drop(self, name: str) -> None:
        """See ``Engine``; the database is dropped whole at the end."""

    def close(self) -> None:
        """See ``Engine``; there is nothing to give back."""

    def script(self) -> str:
        """Return all statements, in order, each ended by a semicolon."""
        return "".join(f"{statement.text};\n\n" for statement in self.statements)

    def _over_files(
        self,
        kind: Literal["bucket", "upload"],
        name: str,
        schema: ibis.Schema,
        address: str,
    ) -> ibis.Table:
        columns = ",\n".join(
            f"  `{column}` {_TYPES[_plain(type_)]}" for column, type_ in schema.items()
        )
        text = (
            f"CREATE EXTERNAL TABLE `{self.database}`.`{name}` (\n{columns}\n)\n"
            f"STORED AS PARQUET\nLOCATION '{address}'"
        )
        self.statements.append(Statement(kind, name, text))
        return ibis.table(schema, name=name)


def _plain(type_: Any) -> str:  # noqa: ANN401 - an Ibis type
    return str(type_).removeprefix("!").split("(")[0]


def _sql(expression: ibis.Table) -> str:
    """Return Athena's SQL, with its own name for the bits that are set in any row."""
    tree = sqlglot.parse_one(str(ibis.to_sql(expression, dialect="athena")), dialect="athena")
    return tree.transform(_named).sql(dialect="athena", pretty=True)


def _named(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.BitwiseOrAgg) or (
        isinstance(node, exp.Anonymous) and node.name.lower() == "bit_or"
    ):
        argument = node.this if isinstance(node, exp.BitwiseOrAgg) else node.expressions[0]
        return exp.Anonymous(this="BITWISE_OR_AGG", expressions=[argument])
    return node

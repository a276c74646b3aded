"""What was fetched of what Athena gave: Parquet in ``NAME/*`` for each output, held to its totals.

An output of no rows has no file, and so no folder. Any other that is missing, in part or whole, or
there twice, is told by the number of its rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from fieldmark.atlas.engines import Engine
from fieldmark.atlas.records.count import tallies_of
from fieldmark.atlas.records.counts import Counts
from fieldmark.atlas.records.kinds import Kinds
from fieldmark.atlas.records.script import COUNTS, NAMED, TOTALS
from fieldmark.atlas.records.sightings import MatchedSource
from fieldmark.errors import SourceBroken

__all__ = ["Fetched"]

_TOTALS: Final = pa.schema([("name", pa.string()), ("rows", pa.int64())])


@dataclass(frozen=True, slots=True)
class Fetched:
    """The folder of what was fetched; ``again`` is the command that fetches it."""

    folder: Path
    again: str

    def __bool__(self) -> bool:
        """Tell whether anything was fetched at all."""
        return any(file.is_file() for file in self.folder.rglob("*"))

    def names(self) -> Any:  # noqa: ANN401 - an Arrow table
        """Return the names by their keys, whatever order they came in.

        Raises:
            SourceBroken: they are not there, or not whole.
        """
        schema = NAMED["names"].to_pyarrow()
        tables = [self._table(file, schema) for file in self._files(NAMED)["names"]]
        return pa.concat_tables([schema.empty_table(), *tables]).sort_by("name_key")

    def counts(self, engine: Engine, source: MatchedSource) -> Counts:
        """Return the counts of that source, over the files.

        Raises:
            SourceBroken: one is not there, or not whole.
        """
        files = self._files(COUNTS)
        tables = {name: self._read(engine, name, files[name]) for name in COUNTS}
        kinds = Kinds.of([source.names])
        by_kind, used = (engine.read(tables[name]) for name in ("rows_by_kind", "rows_used"))
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

    def _read(self, engine: Engine, name: str, files: Sequence[Path]) -> ibis.Table:
        """Return an output with the types that it has here, whatever it was fetched as."""
        schema = COUNTS[name]
        if not files:
            return engine.memory(schema.to_pyarrow().empty_table(), f"fetched_{name}")
        table = engine.parquet([str(file) for file in files])
        return table.select(**{column: table[column].cast(to) for column, to in schema.items()})

    def _files(self, outputs: Mapping[str, ibis.Schema]) -> Mapping[str, Sequence[Path]]:
        """Return the files of each output, once all have the rows that they should."""
        told: dict[str, int] = {}
        for file in self._files_of(TOTALS):
            table = self._table(file, _TOTALS)
            told |= zip(table["name"].to_pylist(), table["rows"].to_pylist(), strict=True)
        if missing := outputs.keys() - told.keys():
            raise self._broken(
                self.folder / TOTALS, f"says nothing of {', '.join(sorted(missing))}"
            )
        found = {name: self._files_of(name) for name in outputs}
        for name, files in found.items():
            rows = sum(self._rows(file, outputs[name]) for file in files)
            if rows != told[name]:
                raise self._broken(self.folder / name, f"has {rows:,} of {told[name]:,} rows")
        return found

    def _files_of(self, name: str) -> Sequence[Path]:
        return sorted(file for file in (self.folder / name).glob("*") if file.is_file())

    def _rows(self, file: Path, schema: ibis.Schema) -> int:
        with self._opened(file, schema.names) as opened:
            return int(opened.metadata.num_rows)

    def _table(self, file: Path, schema: Any) -> Any:  # noqa: ANN401 - Arrow has no types
        with self._opened(file, schema.names) as opened:
            return opened.read().select(schema.names).cast(schema)

    @contextmanager
    def _opened(self, file: Path, columns: Sequence[str]) -> Iterator[Any]:
        try:
            with pq.ParquetFile(file) as opened:
                if missing := set(columns) - set(opened.schema_arrow.names):
                    raise self._broken(file, f"has no column {', '.join(sorted(missing))}")
                yield opened
        except (OSError, pa.ArrowException) as error:
            raise self._broken(file, "is no whole Parquet file") from error

    def _broken(self, what: Path, why: str) -> SourceBroken:
        return SourceBroken(
            f"{what} {why}: what Athena gave was not fetched whole. Once run.sh is through, "
            f"fetch it again: {self.again}"
        )

"""Fieldmark's own feedback: what people said of answers, as ``fieldmark feedback export`` writes.

Only what a keeper confirmed is a record: the animal that the answer named where it was right, the
one that the person named where it was wrong. The export has a cell and a month, no coordinates and
no year. So a record lies in the middle of its cell, as uncertain as the cell is wide; cleaning
passes it over where the atlas has finer cells than the answer had. Its year is that of the last
such month before it was said.

Nobody is named in the export, so the day on which something was said stands for who said it: one
animal counts once for each cell, month and such day, however often it was said, and of one day no
more than ``MOST_A_DAY`` rows count at all. Whoever floods the form for a day adds one visit.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

import h3.api.basic_int as h3
import ibis
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from fieldmark.atlas.sources.formats import Sample
from fieldmark.atlas.sources.occurrences import NAMES, RECORDS, Provenance, StagedSource
from fieldmark.errors import SourceBroken
from fieldmark.wire import FeedbackOut

__all__ = ["MOST_A_DAY", "FeedbackExport"]

MOST_A_DAY: Final = 200
"""More than a keeper can judge with care in a day."""

_MOST_BYTES: Final = 256 * 2**20
_FIELDS: Final = FeedbackOut.__struct_fields__
_HEADER: Final = ",".join(_FIELDS).encode()
_JSON_START: Final = b'{"id":'
_DATASET: Final = "Fieldmark feedback"
_SEEN, _TAXA = "seen", "taxa"
_SEEN_SCHEMA: Final = pa.schema(
    {
        "name_key": pa.string(),
        "latitude": pa.float64(),
        "longitude": pa.float64(),
        "uncertainty_m": pa.float64(),
        "date": pa.int32(),
        "observer": pa.string(),
    }
)
_TAXA_SCHEMA: Final = pa.schema({"name_key": pa.string(), "scientific_name": pa.string()})


class FeedbackExport:
    """See occurrences.RecordSource: one export, CSV or JSON Lines."""

    SIGN: Final = "feedback, as fieldmark feedback export writes it"

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """Return the source that a file is."""
        return cls(Path(sample.address))

    @staticmethod
    def fits(sample: Sample) -> bool:
        """Tell whether a file that begins so is in this format."""
        line = b"" if sample.members else sample.head.partition(b"\n")[0].strip()
        return line == _HEADER or (line.startswith(_JSON_START) and b'"judgement":' in line)

    @property
    def name(self) -> str:
        """See occurrences.RecordSource."""
        return self._path.name

    def stage(self, into: Path) -> StagedSource:
        """See occurrences.RecordSource."""
        said = list(_said(self._path))
        rows, passed = _records(said)
        taxa = dict(named for one in said for named in _names(one))
        staged = _StagedFeedback(self.name, into / "seen.parquet", into / "taxa.parquet", passed)
        pq.write_table(pa.Table.from_pylist(rows, _SEEN_SCHEMA), staged.seen)
        named = [{"name_key": key, "scientific_name": name} for key, name in sorted(taxa.items())]
        pq.write_table(pa.Table.from_pylist(named, _TAXA_SCHEMA), staged.taxa)
        return staged


@dataclass(frozen=True, slots=True)
class _StagedFeedback:
    """See occurrences.StagedSource. ``passed`` counts what is no record, by why."""

    name: str
    seen: Path
    taxa: Path
    passed: Mapping[str, int]

    @property
    def tables(self) -> Mapping[str, Sequence[str]]:
        """See occurrences.StagedSource."""
        return {_SEEN: [str(self.seen)], _TAXA: [str(self.taxa)]}

    @property
    def unreadable(self) -> int:
        """See occurrences.StagedSource: an export is read whole or refused."""
        return 0

    @property
    def provenance(self) -> Provenance:
        """See occurrences.StagedSource."""
        notes = [f"{count:,} rows count for nothing: {why}" for why, count in self.passed.items()]
        return Provenance(f"{_DATASET} ({self.name})", notes=notes)

    def records(self, tables: Mapping[str, ibis.Table]) -> ibis.Table:
        """See occurrences.StagedSource."""
        rows = tables[_SEEN]
        return rows.select(
            name_key=rows.name_key,
            latitude=rows.latitude,
            longitude=rows.longitude,
            uncertainty_m=rows.uncertainty_m,
            country=ibis.null("string"),
            date=rows.date,
            observer=rows.observer,
            dataset=ibis.literal(_DATASET),
            basis=ibis.literal("HUMAN_OBSERVATION"),
            absent=ibis.literal(False),  # noqa: FBT003
            captive=ibis.literal(False),  # noqa: FBT003
            obscured=ibis.literal(False),  # noqa: FBT003
            licence=ibis.null("string"),
        ).cast(RECORDS)

    def names(self, tables: Mapping[str, ibis.Table]) -> ibis.Table:
        """See occurrences.StagedSource."""
        taxa = tables[_TAXA]
        own = {"taxon_id": taxa.name_key, "scientific_name": taxa.scientific_name}
        rest = {column: ibis.null("string") for column in NAMES if column not in own}
        columns = {**rest, **own, "name_key": taxa.name_key}
        return taxa.select(**{column: columns[column] for column in NAMES}).cast(NAMES)

    def visits(self, tables: Mapping[str, ibis.Table]) -> ibis.Table | None:  # noqa: ARG002
        """See occurrences.StagedSource: an answer to one photo is no search."""
        return None


def _said(path: Path) -> Iterator[FeedbackOut]:
    """Yield what was said, in file order."""
    number = 1
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise SourceBroken(f"{path} has more than {_MOST_BYTES:,} bytes; export it in parts")
        text = path.read_text("utf-8-sig")
        if text.startswith(_JSON_START.decode()):
            for line in text.splitlines():
                yield msgspec.json.decode(line, type=FeedbackOut)
                number += 1
            return
        reader = csv.DictReader(io.StringIO(text), strict=True)
        for row in reader:
            number = reader.line_num
            yield msgspec.convert(_filled(row), FeedbackOut, strict=False)
    except OSError as error:
        raise SourceBroken(f"{path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error, msgspec.MsgspecError) as error:
        raise SourceBroken(
            f"{path}:{number}: {error}; write the file anew: fieldmark feedback export"
        ) from error


def _filled(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of CSV, where what is empty is null."""
    return {str(key): value or None for key, value in row.items()}


def _records(said: Sequence[FeedbackOut]) -> tuple[list[dict[str, Any]], Counter[str]]:
    """Return a row for each, without a name where it counts for nothing, and why, counted."""
    by_day: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    rows = []
    for one in sorted(said, key=lambda one: (one.said_at, one.id)):
        day = f"{one.said_at:%Y-%m-%d}"
        taxon, why = _taxon(one), None
        if one.judgement != "confirmed":
            why = "no keeper confirmed them"
        elif taxon is None:
            why = "they name no animal"
        else:
            by_day[day] += 1
            why = f"more than {MOST_A_DAY} of one day" if by_day[day] > MOST_A_DAY else None
        passed.update([why] if why else [])
        rows.append({**_place(one), "name_key": None if why else str(taxon), "observer": day})
    return rows, passed


def _taxon(one: FeedbackOut) -> int | None:
    """Return the animal that there was, as far as anybody says."""
    by_verdict = {"right": one.taxon_was, "wrong": one.taxon_id}
    return by_verdict.get(one.verdict)


def _names(one: FeedbackOut) -> Iterator[tuple[str, str | None]]:
    for id_, name in (
        (one.taxon_id, one.scientific_name),
        (one.taxon_was, one.scientific_name_was),
    ):
        if id_ is not None:
            yield str(id_), name


def _place(one: FeedbackOut) -> dict[str, Any]:
    """Return where and when; no place where the answer had none."""
    cell = _cell(one)
    latitude, longitude = h3.cell_to_latlng(cell) if cell else (None, None)
    size = h3.average_hexagon_edge_length(h3.get_resolution(cell), unit="m") if cell else None
    return {
        "latitude": latitude,
        "longitude": longitude,
        "uncertainty_m": size,
        "date": _date(one.said_at, one.month),
    }


def _cell(one: FeedbackOut) -> int | None:
    if one.cell is None:
        return None
    try:
        cell: int = h3.str_to_int(one.cell)
        sound = bool(h3.is_valid_cell(cell))
    except (ValueError, OverflowError):
        sound = False
    if not sound:
        raise SourceBroken(f"feedback {one.id}: cell is {one.cell!r}, which is no H3 cell")
    return cell


def _date(said_at: datetime, month: int | None) -> int:
    """Return the month as yyyymm00, of the year in which it last was; the year where none is."""
    if month is None:
        return said_at.year * 10_000
    year = said_at.year - (month > said_at.month)
    return year * 10_000 + month * 100

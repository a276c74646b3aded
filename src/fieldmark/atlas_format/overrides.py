"""``overrides.csv``, and its rows as a release states those that it was built with.

A comma-separated file in UTF-8 with this header; docs/overrides.md describes each column::

    area,taxon_id,taxon,action,factor,months,reason,author,date
"""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, NoReturn, get_args

from fieldmark.domain.area import MONTHS
from fieldmark.domain.months import months_of
from fieldmark.domain.override import INCLUDED, Override, OverrideAction, Overrides
from fieldmark.domain.override_area import Area, area_of
from fieldmark.errors import AtlasBroken, SourceBroken

__all__ = ["HEADER", "MAX_BYTES", "MAX_ROWS", "overrides_of", "overrides_row", "read_overrides"]

HEADER: Final = (
    "area", "taxon_id", "taxon", "action", "factor", "months", "reason", "author", "date",
)  # fmt: skip

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_ROWS: Final = 10_000
"""So many are looked through in less than a millisecond; more are a source of ranges."""

_ACTIONS: Final[tuple[OverrideAction, ...]] = get_args(OverrideAction)
_MOST_BOOST: Final = 100.0
_LONGEST: Final = 500
_MOST_ID: Final = 2**31 - 1


def read_overrides(data: bytes, where: str) -> Overrides:
    """Return the overrides of a file.

    Args:
        data: what stands in it.
        where: its name, for messages.

    Raises:
        SourceBroken: it is too large, or a row is not what it should be; the text names file, line,
            column, value and remedy.
    """
    if len(data) > MAX_BYTES:
        raise SourceBroken(
            f"{where} has {len(data):,} bytes; {MAX_BYTES:,} are the most. So much is a source of "
            "ranges: build an atlas with it"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceBroken(f"{where}:{line}: no UTF-8: {error.reason}; save it as UTF-8") from error
    return Overrides(_rows(text, where))


def overrides_row(overrides: Iterable[Override]) -> str:
    """Return overrides as the text of one row of ``release``."""
    return json.dumps([_written(override) for override in overrides], ensure_ascii=False)


def overrides_of(text: str) -> Overrides:
    """Return the overrides of that row.

    Raises:
        AtlasBroken: it is none.
    """
    try:
        rows = json.loads(text)
        return Overrides(
            _override("release", dict(zip(HEADER, map(str, cells), strict=True))) for cells in rows
        )
    except (ValueError, TypeError, SourceBroken) as error:
        raise AtlasBroken(f"the overrides of the release are broken: {error}") from error


def _rows(text: str, where: str) -> Iterator[Override]:
    line = 1
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = tuple(next(reader, ()))
        if header != HEADER:
            raise SourceBroken(
                f"{where}:1: the header must be {','.join(HEADER)!r}, "
                f"not {','.join(header)[:_LONGEST]!r}"
            )
        for number, cells in enumerate(filter(None, reader)):
            line = reader.line_num
            if number >= MAX_ROWS:
                raise SourceBroken(
                    f"{where}:{line}: more than {MAX_ROWS:,} overrides; so many are a source of "
                    "ranges: build an atlas with it"
                )
            yield _read(f"{where}:{line}", cells)
    except csv.Error as error:
        raise SourceBroken(f"{where}:{line}: cannot be read further: {error}") from error


def _read(where: str, cells: Sequence[str]) -> Override:
    if len(cells) != len(HEADER):
        raise SourceBroken(
            f"{where}: {len(cells)} columns instead of {len(HEADER)}; "
            "put a value that holds a comma in double quotes"
        )
    return _override(where, dict(zip(HEADER, (cell.strip() for cell in cells), strict=True)))


def _override(where: str, row: Mapping[str, str]) -> Override:
    action = next((word for word in _ACTIONS if word == row["action"]), None)
    if action is None:
        _refuse(where, row, "action", f"write {', '.join(_ACTIONS[:-1])} or {_ACTIONS[-1]}")
    for column in ("taxon", "reason", "author"):
        if not 0 < len(row[column]) <= _LONGEST:
            _refuse(where, row, column, f"say it, in {_LONGEST} characters at most")
    return Override(
        area=_area(where, row),
        taxon_id=_taxon_id(where, row),
        taxon=row["taxon"],
        action=action,
        factor=_factor(where, row, action),
        months=_months(where, row),
        reason=row["reason"],
        author=row["author"],
        date=_date(where, row),
    )


def _area(where: str, row: Mapping[str, str]) -> Area:
    try:
        return area_of(row["area"])
    except ValueError as error:
        _refuse(where, row, "area", str(error))


def _taxon_id(where: str, row: Mapping[str, str]) -> int:
    text = row["taxon_id"]
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:20]) <= _MOST_ID):
        _refuse(where, row, "taxon_id", "give the iNaturalist id of a taxon")
    return int(text)


def _factor(where: str, row: Mapping[str, str], action: OverrideAction) -> float:
    text = row["factor"]
    if action == "exclude":
        return 0.0 if text in ("", "0", "0.0") else _refuse(where, row, "factor", "leave it empty")
    if not text and action == "include":
        return INCLUDED
    most = 1.0 if action == "include" else _MOST_BOOST
    try:
        factor = float(text)
    except ValueError:
        factor = math.nan
    if not 0.0 < factor <= most:
        _refuse(where, row, "factor", f"give a number above 0 and up to {most:g}")
    return factor


def _months(where: str, row: Mapping[str, str]) -> tuple[int, ...]:
    try:
        return months_of(row["months"])
    except ValueError as error:
        _refuse(where, row, "months", str(error))


def _date(where: str, row: Mapping[str, str]) -> str:
    try:
        return row["date"] and date.fromisoformat(row["date"]).isoformat()
    except ValueError:
        _refuse(where, row, "date", "write it as 2026-11-26, or leave it empty")


def _written(override: Override) -> list[str]:
    whole_year = len(override.months) == MONTHS
    months = "" if whole_year else ",".join(str(month + 1) for month in override.months)
    return [
        str(override.area),
        str(override.taxon_id),
        override.taxon,
        override.action,
        "" if override.action == "exclude" else repr(override.factor),
        months,
        override.reason,
        override.author,
        override.date,
    ]


def _refuse(where: str, row: Mapping[str, str], column: str, remedy: str) -> NoReturn:
    raise SourceBroken(f"{where}: column {column}: {row[column][:_LONGEST]!r}: {remedy}")

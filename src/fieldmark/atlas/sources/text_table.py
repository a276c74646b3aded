"""One text table that is being read: its columns, its rows, and what of it could not be read.

Every column is text without blanks around it, and what is empty is null. A row that has not as many
fields as the table has columns cannot be read: it is counted, and the first few are named. Two
things are no fault, as real files have them: fields too many that are all empty at a row's end (a
trailing separator), and fields too few where only columns without a name are missing. A blank line
is no row. A short row is never filled up otherwise: a line break inside an unquoted value leaves
two short rows, and neither is a record.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from fieldmark.atlas.sources.lines import LINE_BYTES, NUL, Utf8Lines
from fieldmark.errors import SourceBroken

__all__ = ["TextShape", "TextTable"]

_UNREADABLE_ROWS: Final = 10
_UNREADABLE_SHARE: Final = 0.01
"""More than both, and the file is not what its first lines promise."""

_EXAMPLES: Final = 3
_MOST_COLUMNS: Final = 4096


@dataclass(frozen=True, slots=True)
class TextShape:
    """How a text table is written.

    ``quote`` is None where a quote is a letter as any other. ``encoding`` is None for UTF-8; a byte
    order mark beats it. ``skip`` lines come before the table; then the first row names the columns,
    unless ``columns`` does: these are the first columns, and further ones have no name.
    """

    separator: str = "\t"
    quote: str | None = None
    encoding: str | None = None
    columns: Sequence[str] | None = None
    skip: int = 0

    def __post_init__(self) -> None:
        marks = [self.separator] if self.quote is None else [self.separator, self.quote]
        if any(len(mark) != 1 or not mark.isascii() or mark in "\r\n" for mark in marks):
            raise ValueError("a separator and a quote are one ASCII character each, on one line")
        if len(set(marks)) < len(marks):
            raise ValueError("a separator that is the quote too tells nothing apart")


class TextTable:
    """One text table that is being read: its columns, and what of it could not be."""

    def __init__(self, raw: BinaryIO, where: str, shape: TextShape) -> None:
        self._where, self._shape = where, shape
        self._lines = Utf8Lines(raw, where, shape.encoding)
        self._above = sum(1 for _ in range(shape.skip) if self._lines.line())
        self._mended: list[list[str]] = []
        self.unreadable = 0
        self.examples: list[str] = []
        self._fault: str | None = None
        self.names, self._named = self._columns()

    def _columns(self) -> tuple[list[str], int]:
        """Return the names, and how many columns the last with a name of its own ends."""
        row = self._first_row()
        fields = self._fields(row.decode()) or []
        if self._shape.columns is not None:
            self._lines.unread(row)
            given = list(self._shape.columns)
            given += [""] * (len(fields) - len(given))
        elif fields:
            self._above += row.count(b"\n")
            given = [name.replace(NUL, "").strip() for name in fields]
        else:
            raise SourceBroken(f"{self._where} is empty; a table begins with names of columns")
        if len(given) > _MOST_COLUMNS:
            raise SourceBroken(f"{self._where}: {len(given):,} columns; this is no table of text")
        named = max((place for place, name in enumerate(given, 1) if name), default=0)
        return _unique(given), named

    def _first_row(self) -> bytes:
        """Return the bytes of the first row that is not blank; counts those above it."""
        while (row := self._lines.line()) and not row.strip(b"\r\n "):
            self._above += 1
        quote = (self._shape.quote or "").encode()
        while quote and row.count(quote) % 2 and len(row) < LINE_BYTES:
            more = self._lines.line()
            if not more:
                break
            row += more
        return row

    def _fields(self, text: str) -> list[str] | None:
        """Return the fields of one row; None where a quoted value is none."""
        text = text.rstrip("\n")
        if self._shape.quote is None:
            return text.split(self._shape.separator) if text else None
        try:
            return next(_csv_reader(text, self._shape), None)
        except csv.Error:
            return None

    def batches(self, keep: Sequence[str]) -> Iterator[Any]:
        """Yield the readable rows, in record batches of these columns, all text.

        Raises:
            SourceBroken: the file cannot be read further.
        """
        schema = pa.schema([(name, pa.string()) for name in keep])
        try:
            for batch in self._reader(keep, schema):
                yield _trimmed(self._undamaged(batch))
                yield from self._repaired(schema)
        except pa.ArrowInvalid as error:
            if "Empty CSV" not in str(error):
                raise self._broken(error) from error
        except (SourceBroken, OSError) as error:
            raise self._lines.fault or error from error
        yield from self._repaired(schema)

    def _reader(self, keep: Sequence[str], schema: Any) -> Any:  # noqa: ANN401 - Arrow has no types
        return pacsv.open_csv(
            self._lines,
            pacsv.ReadOptions(block_size=LINE_BYTES, column_names=self.names, use_threads=False),
            pacsv.ParseOptions(
                delimiter=self._shape.separator,
                quote_char=self._shape.quote or False,
                double_quote=self._shape.quote is not None,
                newlines_in_values=self._shape.quote is not None,
                invalid_row_handler=self._unlike,
            ),
            pacsv.ConvertOptions(
                column_types=schema,
                include_columns=list(keep),
                include_missing_columns=True,
                null_values=[""],
                strings_can_be_null=True,
            ),
        )

    def _unlike(self, row: Any) -> str:  # noqa: ANN401 - Arrow has no types
        """Hear of a row that has not as many fields as there are columns."""
        fields = self._fields(row.text)
        if fields and (mended := self._mend(fields)):
            self._mended.append(mended)
        elif row.text.strip():
            fault = f"expected {row.expected_columns} columns, found {row.actual_columns}"
            self._refuse(1, self._place(row.number), fault)
        return "skip"

    def _place(self, number: int) -> str:
        """Say where a row stands; Arrow counts rows, and no line that is blank."""
        place = self._above + number
        if self._shape.quote is not None:
            return f"row {place:,}"
        for blank in self._lines.blank:
            place += self._above < blank <= place
        return f"line {place:,}"

    def _mend(self, fields: list[str]) -> list[str] | None:
        width = len(self.names)
        if len(fields) > width and not any(fields[width:]):
            return fields[:width]
        if self._named <= len(fields) < width:
            return fields + [""] * (width - len(fields))
        return None

    def _repaired(self, schema: Any) -> Iterator[Any]:  # noqa: ANN401 - Arrow has no types
        rows, self._mended = self._mended, []
        if rows:
            columns = dict(zip(self.names, zip(*rows, strict=True), strict=True))
            kept = [
                pa.array(
                    [text or None for text in columns.get(name, [""] * len(rows))], pa.string()
                )
                for name in schema.names
            ]
            yield _trimmed(self._undamaged(pa.record_batch(kept, schema=schema)))

    def _undamaged(self, batch: Any) -> Any:  # noqa: ANN401 - Arrow has no types
        """Return the rows without a damaged value."""
        if not self._lines.damage or not batch.num_rows:
            return batch
        damaged = pa.array([False] * batch.num_rows)
        for column in batch.columns:
            damaged = pc.or_(
                damaged, pc.fill_null(pc.match_substring(column, NUL), fill_value=False)
            )
        count = pc.sum(damaged).as_py()
        if count:
            where, _, fault = self._lines.damage[0].partition(": ")
            self._refuse(count, where, fault)
        return batch.filter(pc.invert(damaged))

    def _refuse(self, count: int, place: str, fault: str) -> None:
        self.unreadable += count
        self._fault = self._fault or f"at {place}: {fault}"
        if len(self.examples) < _EXAMPLES:
            self.examples.append(f"{self._where}: {place}: {fault}")

    def _broken(self, error: Exception) -> SourceBroken:
        if self._lines.fault:
            return self._lines.fault
        if "straddling" not in str(error):
            return SourceBroken(f"{self._where} is no table of text: {error}")
        cause = "a quote that is never closed, or no text" if self._shape.quote else "no text"
        return SourceBroken(f"{self._where} has a line of more than {LINE_BYTES:,} bytes: {cause}")

    def require_shape(self, rows: int) -> None:
        """Check that what could not be read is little.

        Raises:
            SourceBroken: more rows than an honest file has, or all.
        """
        share = _UNREADABLE_SHARE * (rows + self.unreadable)
        if self.unreadable > max(share, _UNREADABLE_ROWS) or (self.unreadable and not rows):
            raise SourceBroken(
                f"{self._where} changes shape {self._fault}; {self.unreadable:,} of "
                f"{rows + self.unreadable:,} rows cannot be read. Give the file as it came"
            )


def _trimmed(batch: Any) -> Any:  # noqa: ANN401 - Arrow has no types
    """Return the rows without blanks around their values; those of blanks alone are null."""
    columns = []
    for column in batch.columns:
        trimmed = pc.utf8_trim_whitespace(column)
        if trimmed.nbytes != column.nbytes:
            trimmed = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
        columns.append(trimmed)
    return pa.record_batch(columns, schema=batch.schema)


def _csv_reader(text: str, shape: TextShape) -> Iterator[list[str]]:
    return csv.reader([text], delimiter=shape.separator, quotechar=shape.quote)


def _unique(names: Sequence[str]) -> list[str]:
    """Return the names, each once whatever its case, as engines know no case."""
    taken: set[str] = set()
    unique = []
    for place, name in enumerate(names, 1):
        base = name or f"column_{place}"
        choice, again = base, 2
        while choice.casefold() in taken:
            choice, again = f"{base}_{again}", again + 1
        taken.add(choice.casefold())
        unique.append(choice)
    return unique

"""What people type: positions, dates, files, folders and manifests."""

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

import click

from fieldmark.domain.position import Position
from fieldmark.errors import DateInvalid, PhotoError, PositionInvalid, RequestError
from fieldmark.photo.sniff import sniff

__all__ = [
    "Day",
    "LatLon",
    "PhotoFile",
    "gather",
    "parse_day",
    "read_manifest",
    "read_rows",
    "with_defaults",
]

_SUFFIXES: Final = frozenset(
    {".avif", ".bmp", ".gif", ".heic", ".heif", ".jpe", ".jpeg", ".jpg", ".png"}
    | {".tif", ".tiff", ".webp"}
)
_HEAD_BYTES: Final = 4096
_MANIFEST_COLUMNS: Final = ("photo", "latitude", "longitude", "taken_on")


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A photo to identify and what the person says of it."""

    path: Path
    name: str
    at: Position | None = None
    on: date | None = None


class LatLon(click.ParamType[Position]):
    """``LAT,LON`` in decimal degrees."""

    name = "LAT,LON"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Position:
        """Return the position, or fail with what is wrong about it."""
        if isinstance(value, Position):
            return value
        parts = str(value).split(",")
        try:
            latitude, longitude = (float(part) for part in parts)
            return Position(latitude, longitude)
        except PositionInvalid as error:
            self.fail(str(error), param, ctx)
        except ValueError:
            self.fail(
                f"{value!r} is no LAT,LON in decimal degrees, such as -24.99,31.55", param, ctx
            )


class Day(click.ParamType[date]):
    """``YYYY-MM-DD``."""

    name = "YYYY-MM-DD"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Return the day, or fail with what is wrong about it."""
        try:
            return value if isinstance(value, date) else parse_day(str(value))
        except DateInvalid as error:
            self.fail(str(error), param, ctx)


def parse_day(text: str) -> date:
    """Return the day of ``YYYY-MM-DD``.

    Raises:
        DateInvalid: there is no such day, or it is written otherwise.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DateInvalid(f"{text!r} is no day such as 2026-07-31") from None


def gather(paths: Iterable[str]) -> Iterator[PhotoFile]:
    """Return the files named and the photos in the folders named, in order, folders sorted.

    In a folder a file counts as a photo if its name or its first bytes say so; hidden files and
    everything else are passed over. A folder that cannot be read is returned as a file, so that it
    fails by name like any other.
    """
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112  # names are kept exactly as typed
            yield from _walk(path)
        else:
            yield PhotoFile(Path(path), path)


def _walk(folder: str) -> Iterator[PhotoFile]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield PhotoFile(Path(folder), folder)
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path)
        elif entry.is_file() and _looks_like_a_photo(entry):
            yield PhotoFile(Path(entry.path), entry.path)


def _looks_like_a_photo(entry: "os.DirEntry[str]") -> bool:
    if os.path.splitext(entry.name)[1].lower() in _SUFFIXES:  # noqa: PTH122  # a million entries
        return True
    try:
        with Path(entry.path).open("rb") as file:
            sniff(file.read(_HEAD_BYTES))
    except (OSError, PhotoError):
        return False
    return True


def read_manifest(path: Path) -> list[PhotoFile]:
    """Return the photos of a manifest in its order; their paths are relative to it.

    Columns: ``photo``, and where known ``latitude``, ``longitude``, ``taken_on``, ``radius_m``.

    Raises:
        RequestError: a column is missing or a row is malformed; the text names the line.
    """
    return [photo for _, photo, _ in read_rows(path, ",".join(_MANIFEST_COLUMNS))]


def read_rows(
    path: Path, columns: str, folder: Path | None = None
) -> list[tuple[int, PhotoFile, Mapping[str, str]]]:
    """Return line number, photo and all fields of each row of a CSV file that lists photos.

    Args:
        path: the CSV file.
        columns: what such a file has, for the person who left ``photo`` out.
        folder: where the photos' names start from; without one, the file's own.
    Raises:
        RequestError: as of ``read_manifest``.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            if "photo" not in (rows.fieldnames or ()):
                raise RequestError(f"{path}: no column 'photo'; such a file has {columns}")
            return [_photo_row(path, rows.line_num, row, folder or path.parent) for row in rows]
    except (UnicodeDecodeError, csv.Error) as error:
        raise RequestError(f"{path}: not a CSV file in UTF-8: {error}") from error


def _photo_row(
    path: Path, line: int, row: Mapping[str, object], folder: Path
) -> tuple[int, PhotoFile, Mapping[str, str]]:
    field = {name: value.strip() for name, value in row.items() if isinstance(value, str)}
    if not field.get("photo"):
        raise RequestError(f"{path}, line {line}: no photo is named")
    try:
        photo = PhotoFile(
            folder / field["photo"],
            field["photo"],
            _place(field),
            parse_day(field["taken_on"]) if field.get("taken_on") else None,
        )
    except RequestError as error:
        raise type(error)(f"{path}, line {line}: {error}") from error
    return line, photo, field


def _place(field: Mapping[str, str]) -> Position | None:
    latitude, longitude = field.get("latitude", ""), field.get("longitude", "")
    if not latitude and not longitude:
        return None
    try:
        return Position(float(latitude), float(longitude), float(field.get("radius_m") or 0.0))
    except ValueError as error:
        if isinstance(error, PositionInvalid):
            raise
        raise PositionInvalid(
            f"latitude {latitude!r}, longitude {longitude!r}: give both in decimal degrees"
        ) from error


def with_defaults(
    files: Sequence[PhotoFile], at: Position | None, on: date | None
) -> list[PhotoFile]:
    """Return the files; those without a place or day of their own get the one for all."""
    return [replace(file, at=file.at or at, on=file.on or on) for file in files]

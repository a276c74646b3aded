"""Truth files: photos with the animals that they show, as people write them down."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fieldmark.entrypoints.cli.inputs import PhotoFile, read_rows
from fieldmark.errors import RequestError
from fieldmark.evaluate import TruthRow

__all__ = ["read_truth"]

_COLUMNS: Final = "photo,latitude,longitude,taken_on and taxon or label"
_NO_CLASS: Final = "none"


def read_truth(path: Path, photos: Path | None = None) -> list[TruthRow]:
    """Return the rows of a truth file in its order.

    Columns: those of a manifest and ``taxon`` (scientific name) or ``label`` (indices separated by
    spaces, or ``none`` where the model has no class for the animal); where known ``lineage``
    (groups above the taxon, separated by ``>``) and ``region``.

    Args:
        path: the CSV file.
        photos: the folder that the photos' names start from, where it is not the file's own.
    Raises:
        RequestError: a column is missing or a row is malformed; the text names the line.
    """
    rows = [
        _row(path, line, photo, field) for line, photo, field in read_rows(path, _COLUMNS, photos)
    ]
    if not rows:
        raise RequestError(f"{path}: no photo is named; a truth file has {_COLUMNS}")
    return rows


def _row(path: Path, line: int, photo: PhotoFile, field: Mapping[str, str]) -> TruthRow:
    taxon = " ".join(field.get("taxon", "").split()) or None
    labels = field.get("label", "")
    if taxon is None and not labels:
        raise RequestError(f"{path}, line {line}: neither taxon nor label says what it shows")
    if taxon is None and labels == _NO_CLASS:
        raise RequestError(f"{path}, line {line}: name the taxon that the model has no class for")
    return TruthRow(
        line=line,
        photo=photo.name,
        path=photo.path,
        at=photo.at,
        on=photo.on,
        taxon=taxon,
        lineage=tuple(name.strip() for name in field.get("lineage", "").split(">") if name.strip()),
        labels=_labels(path, line, labels) if labels else None,
        region=field.get("region") or None,
    )


def _labels(path: Path, line: int, text: str) -> tuple[int, ...]:
    if text == _NO_CLASS:
        return ()
    words = text.split()
    if not all(word.isascii() and word.isdigit() for word in words):
        raise RequestError(
            f"{path}, line {line}: label {text!r} is neither indices such as 7 8 nor {_NO_CLASS}"
        )
    return tuple(int(word) for word in words)

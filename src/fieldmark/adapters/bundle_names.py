"""The common names that a model bundle may bring: ``names.csv``, ``taxon_id,lang,name``.

The file may name any taxon, those of an atlas that no label has as well.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fieldmark.adapters.bundle_files import NAMES, read_optional
from fieldmark.domain.names import LANGUAGE, Names
from fieldmark.errors import ModelBroken

__all__ = ["read_names"]

_HEADER: Final = ["taxon_id", "lang", "name"]
_LONGEST: Final = 200


def read_names(bundle: Path) -> Names:
    """Return the names of a bundle; none where it brings none.

    Raises:
        ModelBroken: the file is too large, or a row is not what it should be.
    """
    data = read_optional(bundle, NAMES)
    return Names() if data is None else Names(_rows(data, f"{bundle}: {NAMES}"))


def _rows(data: bytes, where: str) -> Iterator[tuple[int, str, str]]:
    try:
        reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        header = next(reader, [])
        if header != _HEADER:
            raise ModelBroken(f"{where} starts with {header}; it must be {','.join(_HEADER)}")
        for row in filter(None, reader):
            yield _row(row, f"{where} line {reader.line_num}")
    except (UnicodeDecodeError, csv.Error) as error:
        raise ModelBroken(f"{where} is not CSV in UTF-8: {error}") from error


def _row(row: list[str], place: str) -> tuple[int, str, str]:
    if len(row) != len(_HEADER):
        raise ModelBroken(f"{place} has {len(row)} columns instead of {len(_HEADER)}")
    id_, language, name = (cell.strip() for cell in row)
    if not (id_.isascii() and id_.isdecimal() and len(id_) < 10):
        raise ModelBroken(f"{place}: taxon_id is {id_[:40]!r}; give the iNaturalist id of a taxon")
    if not LANGUAGE.fullmatch(language):
        raise ModelBroken(f"{place}: lang is {language[:40]!r}; give a language code such as pt-BR")
    if not 0 < len(name) <= _LONGEST:
        raise ModelBroken(f"{place}: name has {len(name)} characters; 1 to {_LONGEST} may be")
    return int(id_), language, name

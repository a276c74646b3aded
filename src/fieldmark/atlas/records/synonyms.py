"""Synonyms: names that records use, and the ones that the taxa of an atlas have.

``synonyms.csv`` has the columns ``name, accepted, source``; ``accepted`` is a scientific name or an
iNaturalist id. Of a species that was split, only the part that kept the name can be told by it, so
a split stands there only where the old name meant one of today's species wherever it was used.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from fieldmark.atlas.records.scientific_names import plain, read_name
from fieldmark.errors import SourceBroken

__all__ = ["SHIPPED", "read_synonyms"]

SHIPPED: Final = Path(__file__).with_name("synonyms.csv")
_HEADER: Final = ["name", "accepted", "source"]
_MOST: Final = 1_000_000


def read_synonyms(*paths: Path) -> Mapping[str, str]:
    """Return the accepted name, or id as text, by the plain form of each other name.

    Where two tables say something of one name, the later one counts.

    Raises:
        SourceBroken: a table cannot be read, or a row is not what it should be.
    """
    found: dict[str, str] = {}
    for path in paths:
        for where, (name, accepted, _) in _rows(path):
            if read_name(name) is None:
                raise SourceBroken(f"{where}: column name: {name!r}: write a scientific name")
            if not accepted.isdecimal() and read_name(accepted) is None:
                raise SourceBroken(
                    f"{where}: column accepted: {accepted!r}: write a scientific name or the "
                    "iNaturalist id of a taxon"
                )
            if plain(name) == plain(accepted):
                raise SourceBroken(f"{where}: {name!r} is said to be another name of itself")
            found[plain(name)] = accepted
    return found


def _rows(path: Path) -> Iterator[tuple[str, Sequence[str]]]:
    line = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines, strict=True)
            header = next(reader, [])
            if header != _HEADER:
                raise SourceBroken(
                    f"{path}:1: the header must be {','.join(_HEADER)!r}, not {','.join(header)!r}"
                )
            for cells in reader:
                line = reader.line_num
                if len(cells) != len(_HEADER) and cells:
                    raise SourceBroken(
                        f"{path}:{line}: {len(cells)} columns instead of {len(_HEADER)}; put a "
                        "value that holds a comma in double quotes"
                    )
                if line > _MOST:
                    raise SourceBroken(f"{path}: more than {_MOST:,} lines; leave out what no "
                                       "source needs")  # fmt: skip
                if cells:
                    yield f"{path}:{line}", [cell.strip() for cell in cells]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceBroken(f"{path}:{line}: cannot be read further: {error}") from error

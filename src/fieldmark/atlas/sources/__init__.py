"""Sources: files that say where animals occur, one module per format.

A source is recognised from its content, not from its name. Each says where its taxa occur as
evidence: rows of taxon, cell, months and occurrence, which ``aggregate`` turns into a release.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from fieldmark.atlas.sources.evidence import Evidence, Source
from fieldmark.atlas.sources.ranges import HEADER, RangeTable
from fieldmark.errors import SourceBroken

__all__ = ["Evidence", "Source", "open_source"]

_HEAD_BYTES: Final = 64 * 1024

_FORMATS: Final[Mapping[str, tuple[Callable[[bytes], bool], Callable[[Path], Source]]]] = {
    f"ranges.csv, which begins with the line {','.join(HEADER)}": (RangeTable.fits, RangeTable),
}


def open_source(path: Path) -> Source:
    """Return the source in that file, by the format that its content fits.

    Raises:
        SourceBroken: the file cannot be read or is of no known format.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise SourceBroken(f"{path} cannot be read: {error.strerror}") from error
    for fits, source in _FORMATS.values():
        if fits(head):
            return source(path)
    raise SourceBroken(f"{path} is of no known format; known are: {_listed(list(_FORMATS))}")


def _listed(names: Sequence[str]) -> str:
    return "; ".join(names)

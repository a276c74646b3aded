"""The labels of a range model: a text file beside it, one species to a line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fieldmark.errors import SourceBroken

__all__ = ["labels_beside", "read_labels"]

_MOST_BYTES: Final = 16 * 2**20
_SUFFIXES: Final = (".txt", ".csv", ".tsv")
_MARKS: Final = ("\t", "_", ";", ",")


def read_labels(path: Path) -> Sequence[str]:
    """Return the scientific name of each line, in order: what stands before ``_`` or a tab.

    Raises:
        SourceBroken: the file cannot be read, or a line holds no name.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise SourceBroken(f"{path} has more bytes than labels may, {_MOST_BYTES:,}")
        lines = path.read_text("utf-8-sig").splitlines()
    except OSError as error:
        raise SourceBroken(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SourceBroken(f"{path} is not in UTF-8: {error}") from error
    names = [_name(line) for line in lines]
    if "" in names:
        raise SourceBroken(
            f"{path}:{names.index('') + 1}: no name; write Scientific name_Common name"
        )
    return names


def labels_beside(model: Path, species: int) -> Path:
    """Return the file of labels in the folder of the model that has so many lines.

    Raises:
        SourceBroken: there is none, or more than one.
    """
    near = sorted(
        path
        for path in model.parent.iterdir()
        if "label" in path.name.lower() and path.suffix in _SUFFIXES and path.is_file()
    )
    fitting = [path for path in near if len(read_labels(path)) == species]
    if len(fitting) == 1:
        return fitting[0]
    found = ", ".join(path.name for path in near) or "none"
    raise SourceBroken(
        f"{model} knows {species:,} species; it needs beside it one file of labels, named "
        f"…labels.txt, with as many lines; found: {found}"
    )


def _name(line: str) -> str:
    for mark in _MARKS:
        line = line.partition(mark)[0]
    return line.strip()

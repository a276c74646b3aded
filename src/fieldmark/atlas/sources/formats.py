"""What is offered as a source, and how a format is told from its content."""

import codecs
import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from fieldmark.atlas.sources.archives import is_archive
from fieldmark.atlas.sources.downloads import members, open_table
from fieldmark.atlas.sources.evidence import Source
from fieldmark.atlas.sources.occurrences import RecordSource
from fieldmark.errors import SourceBroken

__all__ = ["Format", "Sample", "sampled"]

_HEAD_BYTES: Final = 64 * 1024
_UTF16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SEPARATORS: Final = "\t,;|"
_INSTALLED: Final = frozenset({"birdnet"})
"""Sources that a package brings along: their word stands for where they lie."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What is offered as a source: its address, and as much as tells its format.

    ``address`` is a path, a glob or ``s3://``; ``path`` is None for the last two. ``members`` are
    the names of the files in a folder or zip, ``head`` the first bytes of a file, unpacked where
    it is gzip or a zip of one file; empty for a folder. ``fault`` says why a file that begins as
    packed cannot be unpacked.
    """

    address: str
    path: Path | None = None
    members: Sequence[str] = ()
    head: bytes = b""
    fault: str | None = None

    @property
    def encoding(self) -> str:
        """What the first bytes seem to be in: UTF-8 if they can be, else what Windows writes."""
        if self.head[:2] in _UTF16_MARKS:
            return "utf-16"
        try:
            codecs.getincrementaldecoder("utf-8")().decode(self.head)
        except UnicodeDecodeError:
            return "cp1252"
        return "utf-8-sig"

    @property
    def text(self) -> str:
        """The first bytes as text."""
        return self.head.decode(self.encoding, "replace")

    @property
    def first_line(self) -> str:
        """The first line that is not blank."""
        lines = (line.strip() for line in self.text.splitlines())
        return next((line for line in lines if line), "")

    @property
    def separator(self) -> str:
        """What separates the columns: the mark that stands most often in the first line."""
        return max(_SEPARATORS, key=self.first_line.count)

    @property
    def columns(self) -> Sequence[str]:
        """The columns that the first line names, in lower case."""
        try:
            names = next(csv.reader([self.first_line], delimiter=self.separator), [])
        except csv.Error:
            return ()
        return [name.strip().lower() for name in names]

    def holds(self, name: str) -> str | None:
        """Return the member of that file name, in any case and any folder, packed or not."""
        wanted = (name.lower(), f"{name.lower()}.gz")
        found = (one for one in self.members if PurePosixPath(one).name.lower() in wanted)
        return next(found, None)


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of source. ``word`` is what ``--as`` calls it; ``sign`` is what it is known by."""

    word: str
    sign: str
    fits: Callable[[Sample], bool]
    opens: Callable[[Sample], Source | RecordSource]


def sampled(address: str | Path) -> Sample:
    """Return what tells the format of the source at that address.

    Raises:
        SourceBroken: there is nothing to read.
    """
    text = str(address)
    if "://" in text or text in _INSTALLED or ("*" in text and not Path(text).exists()):
        return Sample(text)
    path = Path(address)
    if path.is_dir():
        return Sample(text, path, members(path))
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise SourceBroken(f"{path} cannot be read: {error.strerror}") from error
    if not is_archive(path):
        return Sample(text, path, (), head)
    return _unpacked(text, path, head)


def _unpacked(address: str, path: Path, head: bytes) -> Sample:
    try:
        names = members(path)
        if len(names) > 1:
            return Sample(address, path, names)
        with open_table(path) as file:
            return Sample(address, path, names, file.read(_HEAD_BYTES))
    except SourceBroken as error:
        return Sample(address, path, (), head, str(error))

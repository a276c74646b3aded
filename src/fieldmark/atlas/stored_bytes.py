"""Pieces of bytes, of which memory may hold a part only: they lie in a file."""

import os
import tempfile
import weakref
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import overload

__all__ = ["StoredBytes"]


class StoredBytes(Sequence[bytes]):
    """Pieces in a file without a name, gone with this or with the process.

    Args:
        pieces: those to begin with.
        folder: on whose disk it lies; that of the system's temporary files unless given.

    Every method raises OSError where the disk is full or cannot be read.
    """

    def __init__(self, pieces: Iterable[bytes] = (), folder: Path | None = None) -> None:
        self._file, name = tempfile.mkstemp(dir=folder)
        weakref.finalize(self, os.close, self._file)
        Path(name).unlink()
        self._ends = array("Q", [0])
        for piece in pieces:
            self.append(piece)

    def append(self, piece: bytes) -> None:
        """Take in one more."""
        left, end = memoryview(piece), self._ends[-1] + len(piece)
        while left:
            left = left[os.pwrite(self._file, left, end - len(left)) :]
        self._ends.append(end)

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, number: int) -> bytes: ...

    @overload
    def __getitem__(self, number: slice) -> Sequence[bytes]: ...

    def __getitem__(self, number: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(number, slice):
            return [self[one] for one in range(len(self))[number]]
        number = range(len(self))[number]
        start, end = self._ends[number : number + 2]
        return os.pread(self._file, end - start, start)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(map(bytes.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]  # it grows

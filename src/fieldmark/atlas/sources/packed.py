"""Files as they are downloaded: plain, gzip, or a zip of one table; unpacked as a stream.

A file that unpacks to far more than text ever does is refused before it fills a disk.
"""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from fieldmark.errors import SourceBroken

__all__ = ["CUT_SHORT", "Bounded", "is_packed", "members", "open_packed"]

CUT_SHORT: Final = (EOFError, zlib.error, zipfile.BadZipFile, OSError, ValueError, RuntimeError)
"""What reading a damaged file raises, packed or not; an unknown compression is a RuntimeError."""

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_EMPTY_ZIP: Final = b"PK\x05\x06"
_MOST_RATIO: Final = 200
"""Text unpacks to 4 to 30 times its size; deflate can reach 1032."""

_ALWAYS_BYTES: Final = 64 * 1024 * 1024
_MOST_MEMBERS: Final = 10_000


class Bounded(io.RawIOBase):
    """A stream that unpacks to no more than text of so many packed bytes would."""

    def __init__(self, stream: BinaryIO, packed_bytes: int, where: str) -> None:
        super().__init__()
        self._stream, self._where = stream, where
        self._left = max(packed_bytes * _MOST_RATIO, _ALWAYS_BYTES)

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Read what the buffer holds.

        Raises:
            SourceBroken: more than any text comes out of so little.
        """
        read = self._stream.read(len(buffer))
        buffer[: len(read)] = read
        self._left -= len(read)
        if self._left < 0:
            raise SourceBroken(
                f"{self._where} unpacks to more than {_MOST_RATIO} times its size; no text does, "
                "so it is refused"
            )
        return len(read)

    def close(self) -> None:
        """Close what is unpacked too."""
        self._stream.close()
        super().close()


def is_packed(head: bytes) -> bool:
    """Tell whether a file that begins so is gzip or a zip."""
    return head[:2] == _GZIP or head[:4] in (_ZIP, _EMPTY_ZIP)


def members(path: Path) -> Sequence[str]:
    """Return the names of the files in a folder, or in a zip, ascending; none for another file.

    Raises:
        SourceBroken: the path cannot be read, or the zip is broken.
    """
    try:
        if path.is_dir():
            return sorted(file.name for file in path.iterdir() if file.is_file())
        if _first(path) not in (_ZIP, _EMPTY_ZIP):
            return ()
        with zipfile.ZipFile(path) as archive:
            names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    except CUT_SHORT as error:
        raise SourceBroken(f"{path} cannot be read: {_reason(error)}") from error
    if len(names) > _MOST_MEMBERS:
        raise SourceBroken(f"{path} holds {len(names):,} files; this is no archive of tables")
    return sorted(names)


def open_packed(path: Path, member: str | None = None) -> BinaryIO:
    """Open a file at the first byte of its text.

    Args:
        path: a plain file, gzip, or zip.
        member: the file of the zip that is meant; the only one where None.
    Raises:
        SourceBroken: the path cannot be read, or holds no such file.
    """
    try:
        first = _first(path)
        if first in (_ZIP, _EMPTY_ZIP):
            return _of_zip(path, member)
        if first[:2] == _GZIP:
            return _bounded(lambda: gzip.open(path), path.stat().st_size, str(path))
        return path.open("rb")
    except CUT_SHORT as error:
        raise SourceBroken(f"{path} cannot be read: {_reason(error)}") from error


def _of_zip(path: Path, member: str | None) -> BinaryIO:
    with zipfile.ZipFile(path) as archive:
        names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
        wanted = [name for name in names if member in (None, name)]
        if len(wanted) != 1:
            raise SourceBroken(
                f"{path} holds {len(names)} files, not one table; unpack it and give the folder "
                "or the file that is meant"
            )
        entry = archive.getinfo(wanted[0])
        stream = archive.open(entry)
    return _bounded(lambda: stream, entry.compress_size, f"{path}/{entry.filename}")


def _bounded(opened: Callable[[], object], packed_bytes: int, where: str) -> BinaryIO:
    raw = Bounded(opened(), packed_bytes, where)  # type: ignore[arg-type]
    return io.BufferedReader(raw, 1024 * 1024)


def _first(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)

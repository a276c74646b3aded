"""Tar files, plain or packed with gzip.

A tar is read from its start to each member, as gzip allows nothing else. The listing reads it to
its end, so that a cut-off one is known before anything of it is used.
"""

import io
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from fieldmark.atlas.sources.archives.gzips import gunzipped
from fieldmark.atlas.sources.archives.members import Member, member_name
from fieldmark.atlas.sources.archives.meter import (
    Bounds,
    Meter,
    MeteredFile,
    Unpacked,
    located,
    refusing,
)  # fmt: skip
from fieldmark.atlas.sources.archives.packed import Packed
from fieldmark.errors import SourceBroken

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["TarArchive", "is_tar"]

_HEADER_BYTES: Final = 16 * 1024
_BLOCK_BYTES: Final = 256 * 1024


def is_tar(head: bytes) -> bool:
    """Tell whether a file that begins so is a tar, by the checksum of its first header."""
    try:
        tarfile.TarInfo.frombuf(head[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


class TarArchive(Packed):
    """See members.Archive."""

    def __init__(self, path: Path, bounds: Bounds, *, zipped: bool) -> None:
        self._zipped = zipped
        self._entries: dict[str, tuple[int, int]] = {}
        super().__init__(path, bounds)

    def _list(self) -> Iterator[Member]:
        with refusing(self.path), self._forward(None) as stream:
            with tarfile.open(fileobj=cast("BinaryIO", stream), mode="r:") as tar:
                for number, entry in enumerate(tar):
                    if number == self._meter.bounds.members:
                        raise SourceBroken(f"{self.path}: holds more than {number:,} members")
                    yield from self._entered(entry)
            stream.drain()

    def _entered(self, entry: tarfile.TarInfo) -> Iterator[Member]:
        name = member_name(self.path, entry.name)
        if entry.isdir():
            return
        if not entry.isreg() or entry.issparse():
            raise SourceBroken(
                f"{self.path}: {entry.name}: is a link, a device or a sparse file; pack plain "
                "files only"
            )
        if name is not None:
            yield Member(name, entry.size)
            self._entries[name] = entry.offset_data, entry.size

    def _forward(self, member: str | None) -> "_Forward":
        return _Forward(_opened(self.path, self._meter, member, zipped=self._zipped))

    def _stream(self, member: Member) -> io.RawIOBase:
        offset, size = self._entries[member.name]
        stream = self._forward(member.name)
        stream.seek(offset)
        return _Slice(stream, size, located(self.path, member.name))

    def contents(self, names: Sequence[str], at_most: int) -> Iterator[tuple[str, bytes | None]]:
        """See members.Archive; in the order of the tar, so that it is read once."""
        with self._forward(None) as stream:
            for name in sorted(names, key=lambda name: self._entries[name]):
                offset, size = self._entries[name]
                stream.seek(offset)
                yield name, stream.exactly(size) if size <= at_most else None


def _opened(path: Path, meter: Meter, member: str | None, *, zipped: bool) -> io.BufferedReader:
    with refusing(path, member):
        file = MeteredFile(path.open("rb", buffering=0), meter)
    stream = gunzipped(file) if zipped else file
    return io.BufferedReader(Unpacked(cast("BinaryIO", stream), meter, member), _BLOCK_BYTES)


class _Forward(io.RawIOBase):
    """A stream that only goes forward, for a reader of headers that seeks over what it skips."""

    def __init__(self, stream: io.BufferedReader) -> None:
        super().__init__()
        self._stream = stream
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes; no header has more than its bound."""
        if not 0 <= size <= _HEADER_BYTES:
            raise tarfile.ReadError(f"a header of it has more than {_HEADER_BYTES:,} bytes")
        return self.exactly(size)

    def exactly(self, size: int) -> bytes:
        """Return so many bytes, or fewer at the end."""
        content = self._stream.read(size)
        self._at += len(content)
        return content

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can go forward."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Read on to that position, or to the end where that comes first."""
        if whence != io.SEEK_SET or offset < self._at:
            raise tarfile.ReadError("its headers do not follow one another")
        while self._at < offset and self.exactly(min(offset - self._at, _BLOCK_BYTES)):
            pass
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def drain(self) -> None:
        """Read to the end, where gzip says whether all of it was right."""
        while self.exactly(_BLOCK_BYTES):
            pass

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        super().close()


class _Slice(io.RawIOBase):
    """So many bytes from where a stream stands."""

    def __init__(self, stream: _Forward, size: int, where: str) -> None:
        super().__init__()
        self._stream = stream
        self._missing = size
        self._where = where

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read the next block into the buffer and return its size, 0 at the end.

        Raises:
            SourceBroken: the tar ends before the member does.
        """
        room = memoryview(buffer).cast("B")
        block = self._stream.exactly(min(len(room), _BLOCK_BYTES, self._missing))
        if self._missing and len(room) and not block:
            raise SourceBroken(
                f"{self._where}: ends {self._missing:,} bytes early; fetch the archive again"
            )
        self._missing -= len(block)
        room[: len(block)] = block
        return len(block)

    def close(self) -> None:
        """Close the tar it is read from."""
        self._stream.close()
        super().close()

"""How much an archive may hold, measured on what is really read from it.

What the headers of an archive say of sizes is the archive's own word. Bytes are counted where they
leave the file and where they are unpacked, and the two are compared at each block.
"""

import io
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from fieldmark.errors import SourceBroken

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["BOUNDS", "Bounds", "Meter", "MeteredFile", "Unpacked", "located", "refusing"]

_MIB: Final = 1024**2
_BLOCK_BYTES: Final = 256 * 1024
_BROKEN: Final = (
    EOFError, IndexError, NotImplementedError, OSError, OverflowError, RuntimeError, struct.error,
    ValueError, tarfile.TarError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that is read of one archive.

    ``unpacked_bytes`` bounds all that is unpacked in one run. ``ratio`` is bytes unpacked for each
    byte read: Deflate can reach 1,032, tables of records stay below 50; up to ``free_bytes``
    nobody asks, as so little harms nobody. A full download of GBIF holds about 70,000 members and
    a few terabytes of text.
    """

    members: int = 200_000
    unpacked_bytes: int = 16 * 1024**4
    ratio: int = 200
    free_bytes: int = 256 * _MIB


BOUNDS: Final = Bounds()
"""What is read where nobody says otherwise."""


class Meter:
    """Counts what comes out of one archive against what goes in."""

    def __init__(self, archive: Path, bounds: Bounds) -> None:
        self.archive = archive
        self.bounds = bounds
        self._packed = 0
        self._unpacked = 0

    def read(self, size: int) -> None:
        """Count bytes that were read from the file."""
        self._packed += size

    def unpack(self, size: int, member: str | None) -> None:
        """Count bytes that were unpacked.

        Raises:
            SourceBroken: the archive holds more than its bounds.
        """
        self._unpacked += size
        bounds = self.bounds
        where = located(self.archive, member)
        if self._unpacked > bounds.unpacked_bytes:
            raise SourceBroken(
                f"{where}: more than {bounds.unpacked_bytes:,} bytes were "
                "unpacked; raise the bound, or split the archive, if that is what it should hold"
            )
        if self._unpacked > bounds.free_bytes + bounds.ratio * self._packed:
            raise SourceBroken(
                f"{where}: unpacks to more than {bounds.ratio} times its size, as "
                "zip bombs do and tables do not; unpack it yourself and give the folder"
            )


class MeteredFile(io.RawIOBase):
    """The file of an archive, with what is read from it counted.

    ``largest`` bounds what one call may ask for, as readers of headers ask for as much as the
    header says; None where only blocks are asked for.
    """

    def __init__(self, file: BinaryIO, meter: Meter, largest: int | None = None) -> None:
        super().__init__()
        self._file = file
        self._meter = meter
        self._largest = largest

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, or all that are left.

        Raises:
            SourceBroken: a header asks for more than any header holds.
        """
        largest = self._largest
        if largest is None:
            content = self._file.read(size)
        else:
            content = self._file.read(largest + 1 if size < 0 else min(size, largest + 1))
            if len(content) > largest:
                raise SourceBroken(
                    f"{self._meter.archive}: a header of it has more than {largest:,} bytes"
                )
        self._meter.read(len(content))
        return content

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be positioned."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to that position."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


class Unpacked(io.RawIOBase):
    """What is unpacked, counted, and with each fault of the packing as ``SourceBroken``."""

    def __init__(self, stream: BinaryIO, meter: Meter, member: str | None = None) -> None:
        super().__init__()
        self._stream = stream
        self._meter = meter
        self._member = member

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read the next block into the buffer and return its size, 0 at the end.

        Raises:
            SourceBroken: the packing is broken, or the archive holds more than its bounds.
        """
        room = memoryview(buffer).cast("B")
        with refusing(self._meter.archive, self._member):
            block = self._stream.read(min(len(room), _BLOCK_BYTES))
        self._meter.unpack(len(block), self._member)
        room[: len(block)] = block
        return len(block)

    def close(self) -> None:
        """Close what it is read from."""
        self._stream.close()
        super().close()


def located(archive: Path, member: str | None) -> str:
    """Return how messages name a member of an archive, or the archive."""
    return f"{archive}: {member}" if member else f"{archive}"


@contextmanager
def refusing(archive: Path, member: str | None = None) -> Iterator[None]:
    """Turn whatever a reader of archives raises into one error that names archive and member.

    Raises:
        SourceBroken: the archive cannot be read.
    """
    try:
        yield
    except _BROKEN as error:
        where = located(archive, member)
        if isinstance(error, OSError) and error.strerror:
            raise SourceBroken(f"{where}: cannot be read: {error.strerror}") from error
        raise SourceBroken(
            f"{where}: cannot be unpacked: {str(error) or type(error).__name__}; it is damaged, or "
            "was not fetched to its end"
        ) from error

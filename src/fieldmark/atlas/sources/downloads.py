"""Files as they are downloaded: one table, plain or packed; ``archives`` reads what is packed."""

import io
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from fieldmark.atlas.sources.archives import Archive, is_archive, open_archive
from fieldmark.errors import SourceBroken

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["members", "open_table"]

_BUFFER_BYTES: Final = 1024 * 1024


def members(path: Path) -> Sequence[str]:
    """Return the names of the files in a folder or archive, ascending; none for another file.

    Raises:
        SourceBroken: the path cannot be read, or the archive is broken.
    """
    if not is_archive(path):
        return ()
    with open_archive(path) as archive:
        return sorted(member.name for member in archive.members)


def open_table(path: Path, member: str | None = None) -> BinaryIO:
    """Open a table at the first byte of its text.

    Args:
        path: a plain file, or an archive.
        member: the file of the archive that is meant; the only one where None.
    Raises:
        SourceBroken: the path cannot be read, or holds no such file.
    """
    if not is_archive(path):
        return path.open("rb")
    with ExitStack() as held:
        archive = held.enter_context(open_archive(path))
        stream = _Sole(archive, _wanted(archive, member))
        held.pop_all()
    return io.BufferedReader(stream, _BUFFER_BYTES)


def _wanted(archive: Archive, member: str | None) -> str:
    names = [one.name for one in archive.members]
    wanted = [name for name in names if member in (None, name)]
    if len(wanted) != 1:
        raise SourceBroken(
            f"{archive.path} holds {len(names)} files, not one table; unpack it and give the "
            "folder or the file that is meant"
        )
    return wanted[0]


class _Sole(io.RawIOBase):
    """The one member that is read of an archive, which is closed with it."""

    def __init__(self, archive: Archive, name: str) -> None:
        super().__init__()
        self._archive = archive
        self._stream = archive.open(name)

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """See members.Archive.open."""
        room = memoryview(buffer).cast("B")
        block = self._stream.read(len(room))
        room[: len(block)] = block
        return len(block)

    def close(self) -> None:
        """Close the archive too."""
        self._stream.close()
        self._archive.close()
        super().close()

"""Files as they are downloaded: one table, plain or packed; ``archives`` reads what is packed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from fieldmark.atlas.sources.archives import Archive, is_archive, open_archive
from fieldmark.errors import SourceBroken

__all__ = ["members", "open_table"]


def members(path: Path) -> Sequence[str]:
    """Return the names of the files in a folder or archive, ascending; none for another file.

    Raises:
        SourceBroken: the path cannot be read, or the archive is broken.
    """
    if not is_archive(path):
        return ()
    with open_archive(path) as archive:
        return sorted(member.name for member in archive.members)


@contextmanager
def open_table(path: Path, member: str | None = None) -> Iterator[BinaryIO]:
    """Open a table at the first byte of its text.

    Args:
        path: a plain file, a folder or an archive.
        member: the file of them that is meant; the only one where None.
    Raises:
        SourceBroken: the path cannot be read, or holds no such file.
    """
    if not is_archive(path):
        with path.open("rb") as file:
            yield file
        return
    with open_archive(path) as archive, archive.open(_wanted(archive, member)) as file:
        yield file


def _wanted(archive: Archive, member: str | None) -> str:
    names = [one.name for one in archive.members]
    wanted = [name for name in names if member in (None, name)]
    if len(wanted) != 1:
        raise SourceBroken(
            f"{archive.path} holds {len(names)} files, not one table; unpack it and give the "
            "folder or the file that is meant"
        )
    return wanted[0]

"""What an archive holds: members with safe names."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, Protocol, Self

from fieldmark.atlas.sources.archives.meter import Bounds
from fieldmark.errors import SourceBroken

__all__ = ["Archive", "Member", "listed", "member_name"]

_DRIVE: Final = re.compile(r"[A-Za-z]:")
_LITTER: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive: its path with slashes, and its size as far as the archive says."""

    name: str
    size_bytes: int | None


class Archive(Protocol):
    """A folder, or a file that packs files, whose members are read as streams."""

    @property
    def path(self) -> Path:
        """Where it lies."""
        ...

    @property
    def members(self) -> Sequence[Member]:
        """What it holds, by name, without what an operating system strews in."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Return that member as a stream of bytes; close it before the archive.

        Raises:
            SourceBroken: there is no such member, or it cannot be unpacked. Reading the stream
                raises the same where the packing is broken further on.
        """
        ...

    def contents(self, names: Sequence[str], at_most: int) -> Iterator[tuple[str, bytes | None]]:
        """Yield small members whole; None for one of more than so many bytes.

        Raises:
            SourceBroken: as ``open``.
        """
        ...

    def close(self) -> None:
        """Close its file."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def member_name(archive: Path, stated: str) -> str | None:
    """Return the name of a member with slashes only, or None for what is no content.

    Raises:
        SourceBroken: the name leads out of the archive.
    """
    path = PurePosixPath(stated.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or _DRIVE.match(stated) or "\0" in stated:
        raise SourceBroken(
            f"{archive}: {stated!r}: the name leads out of the archive, which no sound one needs; "
            "it is not used"
        )
    litter = path.name in _LITTER or path.name.startswith("._") or path.parts[:1] == ("__MACOSX",)
    return None if litter or not path.parts else str(path)


def listed(archive: Path, members: Iterator[Member], bounds: Bounds) -> Sequence[Member]:
    """Return the members by name.

    Raises:
        SourceBroken: there are too many, or two of one name.
    """
    by_name: dict[str, Member] = {}
    for member in members:
        if member.name in by_name:
            raise SourceBroken(
                f"{archive}: {member.name}: there are two of that name, and nothing says which "
                "holds; pack it anew"
            )
        if len(by_name) == bounds.members:
            raise SourceBroken(f"{archive}: holds more than {bounds.members:,} members")
        by_name[member.name] = member
    return sorted(by_name.values(), key=lambda member: member.name)

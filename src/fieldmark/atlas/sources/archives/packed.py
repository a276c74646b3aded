"""What all kinds of archive do alike: they know their members and open them one by one."""

import io
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Final, Self

from fieldmark.atlas.sources.archives.members import Member, listed
from fieldmark.atlas.sources.archives.meter import Bounds, Meter
from fieldmark.errors import SourceBroken

__all__ = ["Packed"]

_BUFFER_BYTES: Final = 256 * 1024


class Packed(ABC):
    """See members.Archive; a kind says what it holds and how a member is found."""

    def __init__(self, path: Path, bounds: Bounds) -> None:
        self.path = path
        self._meter = Meter(path, bounds)
        self._held = ExitStack()
        self.members: Sequence[Member] = listed(path, self._list(), bounds)
        self._by_name = {member.name: member for member in self.members}

    @abstractmethod
    def _list(self) -> Iterator[Member]:
        """Yield the members; the same name twice is found by the caller."""

    @abstractmethod
    def _stream(self, member: Member) -> io.RawIOBase:
        """Return the member from its first byte."""

    def open(self, name: str) -> BinaryIO:
        """See members.Archive."""
        member = self._by_name.get(name)
        if member is None:
            raise SourceBroken(f"{self.path}: holds no {name}")
        return io.BufferedReader(self._stream(member), _BUFFER_BYTES)

    def contents(self, names: Sequence[str], at_most: int) -> Iterator[tuple[str, bytes | None]]:
        """See members.Archive."""
        for name in names:
            with self.open(name) as stream:
                content = stream.read(at_most + 1)
            yield name, content if len(content) <= at_most else None

    def close(self) -> None:
        """See members.Archive."""
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

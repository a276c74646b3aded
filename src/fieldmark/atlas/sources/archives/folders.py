"""Folders, and single files, as archives that pack nothing."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from fieldmark.atlas.sources.archives.members import Member, member_name
from fieldmark.atlas.sources.archives.meter import MeteredFile, Unpacked, refusing
from fieldmark.atlas.sources.archives.packed import Packed
from fieldmark.errors import SourceBroken

__all__ = ["Folder"]


class Folder(Packed):
    """See members.Archive. Links are followed only where they stay inside."""

    def _list(self) -> Iterator[Member]:
        root = self.path.resolve()
        with refusing(self.path):
            for folder, _, names in os.walk(root, onerror=_raise):
                for each in names:
                    path = Path(folder, each)
                    name = member_name(self.path, path.relative_to(root).as_posix())
                    if name is not None:
                        yield Member(name, self._size(path, name, root))

    def _size(self, path: Path, name: str, root: Path) -> int:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or not path.resolve().is_relative_to(root):
            raise SourceBroken(
                f"{self.path}: {name}: is no plain file of this folder; remove it, or put the file "
                "that it leads to in its place"
            )
        return status.st_size

    def _stream(self, member: Member) -> Unpacked:
        with refusing(self.path, member.name):
            file = (self.path / member.name).open("rb", buffering=0)
        metered = MeteredFile(cast("BinaryIO", file), self._meter)
        return Unpacked(cast("BinaryIO", metered), self._meter, member.name)


def _raise(error: OSError) -> None:
    raise error

"""Single files that are packed with gzip."""

import gzip
from collections.abc import Iterator
from typing import BinaryIO, Final, cast

from fieldmark.atlas.sources.archives.members import Member
from fieldmark.atlas.sources.archives.meter import MeteredFile, Unpacked, refusing
from fieldmark.atlas.sources.archives.packed import Packed

__all__ = ["GzipArchive", "gunzipped", "is_gzip"]

_MAGIC: Final = b"\x1f\x8b"


def is_gzip(head: bytes) -> bool:
    """Tell whether a file that begins so is packed with gzip."""
    return head.startswith(_MAGIC)


def gunzipped(file: MeteredFile) -> BinaryIO:
    """Return what the file unpacks to; closing it closes the file."""
    stream = gzip.GzipFile(fileobj=cast("BinaryIO", file), mode="rb")
    stream.myfileobj = file  # type: ignore[assignment]  # what GzipFile closes with itself
    return cast("BinaryIO", stream)


class GzipArchive(Packed):
    """See members.Archive: it has one member, named as the file without ``.gz``."""

    def _list(self) -> Iterator[Member]:
        yield Member(self.path.name.removesuffix(".gz"), None)

    def _stream(self, member: Member) -> Unpacked:
        with refusing(self.path, member.name):
            file = MeteredFile(self.path.open("rb", buffering=0), self._meter)
        return Unpacked(gunzipped(file), self._meter, member.name)

"""Zip files, with Zip64.

Source: PKWARE, APPNOTE.TXT 6.3.10, 4.3 to 4.5.
"""

import stat
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Final, cast

from fieldmark.atlas.sources.archives.members import Member, member_name
from fieldmark.atlas.sources.archives.meter import Bounds, MeteredFile, Unpacked, refusing
from fieldmark.atlas.sources.archives.packed import Packed
from fieldmark.errors import SourceBroken

__all__ = ["ZipArchive", "is_zip"]

_DIRECTORY_BYTES: Final = 32 * 1024**2
_HEADER_BYTES: Final = 30
_ENCRYPTED: Final = 0x1 | 0x40  # bits 0 and 6: encrypted, strongly encrypted
_METHODS: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_MAGICS: Final = (b"PK\x03\x04", b"PK\x05\x06")
_METHOD_NAMES: Final = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "xz"}


def is_zip(head: bytes) -> bool:
    """Tell whether a file that begins so is a zip, or an empty one."""
    return head.startswith(_MAGICS)


class ZipArchive(Packed):
    """See members.Archive."""

    def __init__(self, path: Path, bounds: Bounds) -> None:
        self._entries: dict[str, zipfile.ZipInfo] = {}
        super().__init__(path, bounds)

    def _list(self) -> Iterator[Member]:
        with ExitStack() as held:
            with refusing(self.path):
                file = MeteredFile(self.path.open("rb"), self._meter, _DIRECTORY_BYTES)
                held.enter_context(file)
                self._zip = held.enter_context(zipfile.ZipFile(cast("BinaryIO", file)))
            _require_apart(self.path, self._zip.infolist())
            yield from self._entered()
            self._held = held.pop_all()

    def _entered(self) -> Iterator[Member]:
        for entry in self._zip.infolist():
            name = member_name(self.path, entry.filename)
            if stat.S_ISLNK(entry.external_attr >> 16):
                raise SourceBroken(f"{self.path}: {entry.filename}: is a link; pack the file")
            if name is not None and not entry.is_dir():
                yield Member(name, entry.file_size)
                self._entries[name] = entry

    def _stream(self, member: Member) -> Unpacked:
        entry = self._entries[member.name]
        where = f"{self.path}: {member.name}"
        if entry.flag_bits & _ENCRYPTED:
            raise SourceBroken(f"{where}: is encrypted; unpack it and give the folder")
        if entry.compress_type not in _METHODS:
            method = _METHOD_NAMES.get(entry.compress_type, f"method {entry.compress_type}")
            raise SourceBroken(
                f"{where}: is compressed with {method}; only Deflate is read: pack it anew, or "
                "unpack it and give the folder"
            )
        with refusing(self.path, member.name):
            stream = self._zip.open(entry)
        return Unpacked(cast("BinaryIO", stream), self._meter, member.name)


def _require_apart(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    """Refuse members that share bytes, which is how small files unpack to whole disks.

    Source: Fifield 2019, "A better zip bomb", USENIX WOOT.
    """
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise SourceBroken(
                f"{path}: {entry.filename}: overlaps the member before it, as zip bombs do"
            )
        end = entry.header_offset + _HEADER_BYTES + entry.compress_size

"""Archives: zip, tar, gzip or a folder, as members that are read as streams.

Nothing is unpacked to disk and no member is held in memory. Names, links and sizes are not trusted,
and what comes out is bounded by what goes in.
"""

from pathlib import Path
from typing import Final

from fieldmark.atlas.sources.archives.folders import Folder
from fieldmark.atlas.sources.archives.gzips import GzipArchive, gunzipped, is_gzip
from fieldmark.atlas.sources.archives.members import Archive, Member
from fieldmark.atlas.sources.archives.meter import BOUNDS, Bounds, Meter, MeteredFile, refusing
from fieldmark.atlas.sources.archives.tars import TarArchive, is_tar
from fieldmark.atlas.sources.archives.zips import ZipArchive, is_zip
from fieldmark.errors import SourceBroken

__all__ = ["BOUNDS", "Archive", "Bounds", "Member", "is_archive", "is_tar", "open_archive"]

_HEAD_BYTES: Final = 512
_OTHERS: Final = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!": "RAR",
    b"\x28\xb5\x2f\xfd": "Zstandard",
}


def is_archive(path: Path) -> bool:
    """Tell whether that is a folder, or a file that packs others, of whatever kind.

    Raises:
        SourceBroken: the file cannot be read.
    """
    if path.is_dir():
        return True
    head = _head(path)
    return is_zip(head) or is_gzip(head) or is_tar(head) or _other(head) is not None


def open_archive(path: Path, bounds: Bounds = BOUNDS) -> Archive:
    """Return the archive at that path, by what it is and not by its name.

    Raises:
        SourceBroken: it is no archive, is damaged, or holds what no sound one holds.
    """
    if path.is_dir():
        return Folder(path, bounds)
    head = _head(path)
    if is_zip(head):
        return ZipArchive(path, bounds)
    if is_gzip(head):
        zipped_tar = is_tar(_unpacked_head(path))
        return TarArchive(path, bounds, zipped=True) if zipped_tar else GzipArchive(path, bounds)
    if is_tar(head):
        return TarArchive(path, bounds, zipped=False)
    other = _other(head)
    what = f"is packed with {other}, which is not read" if other else "is no archive"
    raise SourceBroken(f"{path}: {what}; give a zip, tar, tgz or gz file, or an unpacked folder")


def _head(path: Path) -> bytes:
    with refusing(path), path.open("rb") as file:
        return file.read(_HEAD_BYTES)


def _unpacked_head(path: Path) -> bytes:
    with refusing(path):
        file = MeteredFile(path.open("rb"), Meter(path, BOUNDS))
        with gunzipped(file) as stream:
            return stream.read(_HEAD_BYTES)


def _other(head: bytes) -> str | None:
    return next((name for magic, name in _OTHERS.items() if head.startswith(magic)), None)

"""The files of a model bundle in a zip file, which is read in place and not to be trusted."""

import stat
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from fieldmark.adapters.bundle_files import MANIFEST, PARTS, bounded
from fieldmark.errors import ModelBroken

__all__ = ["read_zipped"]

_MIB: Final = 1024 * 1024
_MOST_ENTRIES: Final = 256
_MOST_RATIO: Final = 200
"""Weights shrink to a half at best and tables to a tenth; what shrinks more is no bundle."""

_COMPRESSIONS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN_ZIP: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,  # an encrypted entry
    ValueError,
)


def read_zipped(
    path: Path, most_bytes: Mapping[str, int], *, required: bool = True
) -> Mapping[str, bytes]:
    """Return the files that are named, none of more bytes than is said beside it.

    One that is not ``required`` may be missing.

    Raises:
        ModelBroken: one is missing, or the zip is not to be trusted.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _entries(path, archive)
            return {
                name: _entry(path, archive, entries, name, most)
                for name, most in most_bytes.items()
                if required or name in entries
            }
    except _BROKEN_ZIP as error:
        raise ModelBroken(
            f"{path}: not a readable zip file ({error}); copy it again, or give a folder"
        ) from error


def _entries(path: Path, archive: zipfile.ZipFile) -> Mapping[str, zipfile.ZipInfo]:
    """Return the entries by name below the one top folder, if there is one."""
    infos = archive.infolist()
    if len(infos) > _MOST_ENTRIES:
        raise ModelBroken(f"{path}: {len(infos):,} entries; a bundle has at most {_MOST_ENTRIES}")
    for info in infos:
        if fault := _fault(info):
            raise ModelBroken(f"{path}: entry {info.filename!r} {fault}; do not use this file")
    files = {info.filename: info for info in infos if not info.is_dir()}
    if len(files) < sum(not info.is_dir() for info in infos):
        raise ModelBroken(f"{path}: two entries have the same name; do not use this file")
    tops = {PurePosixPath(name).parts[0] for name in files}
    if MANIFEST not in files and len(tops) == 1:
        top = f"{tops.pop()}/"
        return {name.removeprefix(top): info for name, info in files.items()}
    return files


def _fault(info: zipfile.ZipInfo) -> str | None:
    """Return why an entry is not to be trusted, or None."""
    name = info.orig_filename
    grows = info.file_size > _MIB and info.file_size > _MOST_RATIO * info.compress_size
    faults = {
        "has a name that no bundle needs": not name or any(c in name for c in "\0\\:"),
        "leads out of the bundle": name.startswith("/") or ".." in PurePosixPath(name).parts,
        "is a link": stat.S_ISLNK(info.external_attr >> 16),
        "is encrypted": bool(info.flag_bits & 0x1),
        "is neither stored nor deflated": info.compress_type not in _COMPRESSIONS,
        f"would grow more than {_MOST_RATIO} times": grows,
    }
    return next((fault for fault, found in faults.items() if found), None)


def _entry(
    path: Path,
    archive: zipfile.ZipFile,
    entries: Mapping[str, zipfile.ZipInfo],
    name: str,
    most_bytes: int,
) -> bytes:
    info = entries.get(name)
    if info is None:
        raise ModelBroken(
            f"{path}: {name} is missing; a bundle holds {', '.join((MANIFEST, *PARTS))}, "
            "at the top of the zip or in one folder"
        )
    if info.file_size > most_bytes:
        raise ModelBroken(f"{path}: {name} has {info.file_size:,} bytes; {most_bytes:,} may be")
    with archive.open(info) as file:
        return bounded(file.read, most_bytes, f"{path}: {name}")

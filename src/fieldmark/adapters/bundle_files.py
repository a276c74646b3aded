"""The files of a model bundle: a folder, or a zip that is read and never unpacked."""

import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from fieldmark.errors import ModelBroken

__all__ = ["ANCESTORS", "LABELS", "MANIFEST", "MODEL", "PARTS", "read_files"]

MANIFEST: Final = "manifest.toml"
MODEL: Final = "model.onnx"
LABELS: Final = "labels.csv"
ANCESTORS: Final = "ancestors.csv"
PARTS: Final = (MODEL, LABELS, ANCESTORS)
"""What the manifest states a sha256 of."""

_MIB: Final = 1024 * 1024
_MOST_BYTES: Final = {
    MANIFEST: _MIB,
    MODEL: 1024 * _MIB,
    LABELS: 32 * _MIB,
    ANCESTORS: 32 * _MIB,
}
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


def read_files(bundle: Path, names: Iterable[str] = (MANIFEST, *PARTS)) -> Mapping[str, bytes]:
    """Return the named files of a bundle.

    Args:
        bundle: a folder, or a zip file with the files at its top or in the one folder that it
            holds.
        names: ``MANIFEST`` or any of ``PARTS``.
    Raises:
        ModelBroken: there is no such bundle, a file is missing, or the zip is not to be trusted.
    """
    try:
        if bundle.is_dir():
            return {name: _file(bundle / name, _MOST_BYTES[name]) for name in names}
        if bundle.is_file():
            return _zipped(bundle, names)
    except OSError as error:
        raise ModelBroken(f"{bundle}: cannot be read: {error.strerror or error}") from error
    raise ModelBroken(
        f"{bundle}: there is no such model bundle; give the folder or the zip file that holds "
        f"{MANIFEST}, or a name that fieldmark model list shows"
    )


def _file(path: Path, most_bytes: int) -> bytes:
    if not path.is_file():
        raise ModelBroken(
            f"{path}: missing; a bundle holds {', '.join((MANIFEST, *PARTS))}: "
            "copy it again, or pack it anew with fieldmark model pack"
        )
    with path.open("rb") as file:
        return _bounded(file.read, most_bytes, str(path))


def _bounded(read: Callable[[int], bytes], most_bytes: int, where: str) -> bytes:
    data = read(most_bytes + 1)
    if len(data) > most_bytes:
        raise ModelBroken(f"{where}: more than {most_bytes:,} bytes, which is the most it may have")
    return data


def _zipped(path: Path, names: Iterable[str]) -> Mapping[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _entries(path, archive)
            return {name: _entry(path, archive, entries, name) for name in names}
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
    path: Path, archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], name: str
) -> bytes:
    info = entries.get(name)
    if info is None:
        raise ModelBroken(
            f"{path}: {name} is missing; a bundle holds {', '.join((MANIFEST, *PARTS))}, "
            "at the top of the zip or in one folder"
        )
    most_bytes = _MOST_BYTES[name]
    if info.file_size > most_bytes:
        raise ModelBroken(f"{path}: {name} has {info.file_size:,} bytes; {most_bytes:,} may be")
    with archive.open(info) as file:
        return _bounded(file.read, most_bytes, f"{path}: {name}")

"""Packing: a model, its labels and a manifest become one bundle that was seen to work."""

import hashlib
import re
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fieldmark.adapters.bundle_checks import BundleReport, check_bundle
from fieldmark.adapters.bundle_files import ANCESTORS, LABELS, MANIFEST, MODEL, NAMES, PARTS
from fieldmark.adapters.bundle_manifest import read_manifest
from fieldmark.errors import ModelBroken

__all__ = ["BundleSources", "pack_bundle"]

_COMPANIONS: Final = ("LICENSE", "NOTICE", NAMES)
_FILES_TABLE: Final = re.compile(rb"^\[files\][^\n]*\n(?:(?!\[)[^\n]*(?:\n|\Z))*", re.MULTILINE)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can state: the same files give the same zip."""


@dataclass(frozen=True, slots=True)
class BundleSources:
    """The files that make a bundle.

    ``ancestors`` is ``ancestors.csv`` beside the labels where None. ``LICENSE``, ``NOTICE``
    and ``names.csv`` beside the manifest come along.
    """

    onnx: Path
    labels: Path
    manifest: Path
    ancestors: Path | None = None


def pack_bundle(sources: BundleSources, out: Path, *, overwrite: bool = False) -> BundleReport:
    """Write a bundle, all or nothing, and return what its check found.

    Args:
        sources: the manifest's ``[files]`` is written anew.
        out: a zip file if it ends in ``.zip``, else a folder.
        overwrite: replace a bundle that is there already.
    Raises:
        ModelBroken: a file is missing or malformed, or the bundle does not work; nothing is left.
    """
    if out.exists():
        _replaceable(out, overwrite=overwrite)
    files = _contents(sources)
    zipped = out.suffix == ".zip"
    try:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as scratch:
            packed = Path(scratch) / out.name
            (_write_zip if zipped else _write_folder)(packed, files)
            report = check_bundle(packed)
            if not report.usable:
                raise ModelBroken("; ".join(report.problems).replace(str(packed), str(out)))
            _replace(packed, out)
    except OSError as error:
        raise ModelBroken(f"{out}: cannot be written: {error.strerror or error}") from error
    return check_bundle(out)


def _replaceable(out: Path, *, overwrite: bool) -> None:
    if not overwrite:
        raise ModelBroken(f"{out}: already there; choose another name or remove it first")
    if not (out / MANIFEST).is_file() and not zipfile.is_zipfile(out):
        raise ModelBroken(f"{out}: is no model bundle, so it is not replaced; choose another name")


def _contents(sources: BundleSources) -> Mapping[str, bytes]:
    ancestors = sources.ancestors or sources.labels.with_name(ANCESTORS)
    parts = {
        MODEL: _read(sources.onnx),
        LABELS: _read(sources.labels),
        ANCESTORS: _read(ancestors),
    }
    manifest = _with_sha256(_read(sources.manifest), parts, str(sources.manifest))
    companions = {
        name: _read(beside)
        for name in _COMPANIONS
        if (beside := sources.manifest.with_name(name)).is_file()
    }
    return {MANIFEST: manifest, **parts, **companions}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelBroken(f"{path}: cannot be read: {error.strerror or error}") from error


def _with_sha256(manifest: bytes, parts: Mapping[str, bytes], where: str) -> bytes:
    """Return the manifest with ``[files]`` written anew; the author's words stay as they are."""
    sha256 = {name: hashlib.sha256(parts[name]).hexdigest() for name in PARTS}
    lines = [f'"{name}" = "{digest}"' for name, digest in sha256.items()]
    kept = _FILES_TABLE.sub(b"", manifest).rstrip()
    text = b"\n".join([kept, b"", b"[files]", *(line.encode() for line in lines), b""])
    if read_manifest(text, where).sha256 != sha256:
        raise ModelBroken(f"{where}: [files] cannot be written; remove it from the manifest")
    return text


def _write_folder(out: Path, files: Mapping[str, bytes]) -> None:
    out.mkdir()
    for name, data in files.items():
        (out / name).write_bytes(data)


def _write_zip(out: Path, files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)


def _replace(packed: Path, out: Path) -> None:
    if out.is_dir():
        shutil.rmtree(out)
    packed.replace(out)

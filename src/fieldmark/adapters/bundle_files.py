"""The files of a model bundle: a folder, or a zip that is read and never unpacked."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from fieldmark.errors import ModelBroken

__all__ = [
    "ANCESTORS",
    "LABELS",
    "MANIFEST",
    "MODEL",
    "NAMES",
    "PARTS",
    "bounded",
    "read_files",
    "read_optional",
]

MANIFEST: Final = "manifest.toml"
MODEL: Final = "model.onnx"
LABELS: Final = "labels.csv"
ANCESTORS: Final = "ancestors.csv"
NAMES: Final = "names.csv"
"""Common names in other languages; a bundle may do without."""

PARTS: Final = (MODEL, LABELS, ANCESTORS)
"""What the manifest states a sha256 of."""

_MIB: Final = 1024 * 1024
_MOST_BYTES: Final = {
    MANIFEST: _MIB,
    MODEL: 1024 * _MIB,
    LABELS: 32 * _MIB,
    ANCESTORS: 32 * _MIB,
    NAMES: 32 * _MIB,
}


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
            # A folder is what starts cold, and zip files take 3 ms to know.
            from fieldmark.adapters.bundle_zip import read_zipped  # noqa: PLC0415

            return read_zipped(bundle, {name: _MOST_BYTES[name] for name in names})
    except OSError as error:
        raise ModelBroken(f"{bundle}: cannot be read: {error.strerror or error}") from error
    raise ModelBroken(
        f"{bundle}: there is no such model bundle; give the folder or the zip file that holds "
        f"{MANIFEST}, or a name that fieldmark model list shows"
    )


def read_optional(bundle: Path, name: str) -> bytes | None:
    """Return a file of a bundle, None where the bundle has none of that name.

    Raises:
        ModelBroken: it is too large, or the zip is not to be trusted.
    """
    try:
        if bundle.is_dir():
            path = bundle / name
            return _file(path, _MOST_BYTES[name]) if path.is_file() else None
        from fieldmark.adapters.bundle_zip import read_zipped  # noqa: PLC0415  # as above

        return read_zipped(bundle, {name: _MOST_BYTES[name]}, required=False).get(name)
    except OSError as error:
        raise ModelBroken(f"{bundle}: cannot be read: {error.strerror or error}") from error


def _file(path: Path, most_bytes: int) -> bytes:
    if not path.is_file():
        raise ModelBroken(
            f"{path}: missing; a bundle holds {', '.join((MANIFEST, *PARTS))}: "
            "copy it again, or pack it anew with fieldmark model pack"
        )
    with path.open("rb") as file:
        return bounded(file.read, most_bytes, str(path))


def bounded(read: Callable[[int], bytes], most_bytes: int, where: str) -> bytes:
    """Return what is there to read.

    Raises:
        ModelBroken: it is more than that.
    """
    data = read(most_bytes + 1)
    if len(data) > most_bytes:
        raise ModelBroken(f"{where}: more than {most_bytes:,} bytes, which is the most it may have")
    return data

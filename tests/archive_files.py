"""Archives that tests write, sound and hostile."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path


def zip_file(path: Path, members: Mapping[str, str | bytes]) -> Path:
    """Write a zip of those members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def tar_bytes(members: Mapping[str, str | bytes], *more: tarfile.TarInfo) -> bytes:
    """Return a tar of those members and of entries without content."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in members.items():
            held = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(name)
            entry.size = len(held)
            archive.addfile(entry, io.BytesIO(held))
        for entry in more:
            archive.addfile(entry)
    return packed.getvalue()


def tgz_file(path: Path, members: Mapping[str, str | bytes], *more: tarfile.TarInfo) -> Path:
    """Write a tar of those members, packed with gzip."""
    path.write_bytes(gzip.compress(tar_bytes(members, *more), mtime=0))
    return path


def folder(path: Path, members: Mapping[str, str | bytes]) -> Path:
    """Write those members as files."""
    for name, content in members.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return path

"""Photos from Debian packages: what the default model is calibrated on, and what it is tested on.

    python photos.py OUT

fetches gcompris-qt-data and tuxpaint-stamps-default with apt-get and writes into OUT:
``calibration/`` 142 photos of fish, buildings and tools, never tested on; ``erase/`` 33 wide photos
of animals; ``farm/`` 9 of farm animals; ``cutouts/`` about 120 animals without their surroundings.
They are used and not passed on; the packages' copyright files name authors and licences.
"""

import argparse
import hashlib
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

GCOMPRIS = "gcompris-qt-data"
TUXPAINT = "tuxpaint-stamps-default"

_RCC = "usr/share/gcompris-qt/rcc"
_ACTIVITIES = {
    "calibration": ("categorization", "resource/images"),
    "erase": ("erase", "resource"),
    "farm": ("explore_farm_animals", "resource/animals"),
}
_STAMPS = "usr/share/tuxpaint/stamps/animals"
_FOLDER, _ZLIB, _ZSTD = 2, 1, 4
"""Flags of an entry (qtbase, qresource_p.h)."""


def main() -> None:
    """Write the sets of photos."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path, help="folder to write the sets into")
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as scratch:
        write_gcompris(unpacked(GCOMPRIS, Path(scratch) / "gcompris"), out)
        write_stamps(unpacked(TUXPAINT, Path(scratch) / "tuxpaint"), out / "cutouts")
    for folder in sorted(out.iterdir()):
        print(f"{folder.name}: {sum(path.is_file() for path in folder.rglob('*'))} photos")


def unpacked(package: str, into: Path) -> Path:
    """Return a folder with the files of a Debian package, as apt's sources have it now."""
    into.mkdir(parents=True)
    subprocess.run(["apt-get", "download", package], cwd=into, check=True)  # noqa: S603, S607
    (archive,) = into.glob("*.deb")
    print(f"{archive.name} sha256 {hashlib.sha256(archive.read_bytes()).hexdigest()}")
    subprocess.run(["dpkg-deb", "--extract", archive, into / "files"], check=True)  # noqa: S603, S607
    return into / "files"


def write_gcompris(package: Path, out: Path) -> None:
    """Write the photos of those activities that show real animals and things."""
    for name, (activity, folder) in _ACTIVITIES.items():
        inside = PurePosixPath("gcompris/src/activities", activity, folder)
        for path, data in resources((package / _RCC / f"{activity}.rcc").read_bytes()):
            if path.is_relative_to(inside) and path.suffix == ".webp":
                write(out / name / path.relative_to(inside), data)


def write_stamps(package: Path, out: Path) -> None:
    """Write the animal stamps: photos cut out along the animal's outline, and drawings."""
    root = package / _STAMPS
    for path in sorted(root.rglob("*.png")):
        if "cartoon" not in path.parts:
            write(out / path.relative_to(root), path.read_bytes())


def write(path: Path, data: bytes) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def resources(rcc: bytes) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Yield path and content of each file in a Qt resource file.

    Source: qtbase, src/corelib/io/qresource.cpp: a tree of 14-byte entries (22 from version 2 on).
    """
    if rcc[:4] != b"qres":
        raise SystemExit("not a Qt resource file")
    version, tree, data, names = struct.unpack(">4I", rcc[4:20])
    size = 14 if version < 2 else 22

    def name(at: int) -> str:
        (length,) = struct.unpack_from(">H", rcc, names + at)
        return rcc[names + at + 6 : names + at + 6 + 2 * length].decode("utf-16-be")

    def walk(index: int, above: PurePosixPath) -> Iterator[tuple[PurePosixPath, bytes]]:
        at, flags, first, second = struct.unpack_from(">IHII", rcc, tree + index * size)
        path = above / name(at) if index else above
        if flags & _FOLDER:
            for child in range(second, second + first):
                yield from walk(child, path)
        elif not flags & _ZSTD:
            (length,) = struct.unpack_from(">I", rcc, data + second)
            content = rcc[data + second + 4 : data + second + 4 + length]
            yield path, zlib.decompress(content[4:]) if flags & _ZLIB else content

    return walk(0, PurePosixPath())


if __name__ == "__main__":
    main()

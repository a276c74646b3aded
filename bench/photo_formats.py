"""One 12-megapixel photo in each format: time to views, and peak memory, each in a new process.

Run as ``python bench/photo_formats.py``, or with photos of your own as arguments.
"""

import io
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from fieldmark.photo.exif import read_metadata
from fieldmark.photo.pixels import PhotoLimits, read_pixels
from fieldmark.photo.views import ViewSpec
from machine import large_photo

NO_LIMITS = PhotoLimits(max_bytes=1 << 32, max_pixels=1 << 32, max_working_bytes=1 << 34)
FORMATS: dict[str, tuple[str, dict[str, object]]] = {
    "jpeg": ("JPEG", {"quality": 88}),
    "jpeg-progressive": ("JPEG", {"quality": 88, "progressive": True}),
    "png": ("PNG", {"compress_level": 1}),
    "webp": ("WEBP", {"quality": 80, "method": 0}),
    "webp-lossless": ("WEBP", {"lossless": True, "quality": 0, "method": 0}),
    "avif": ("AVIF", {"speed": 10}),
    "tiff-lzw": ("TIFF", {"compression": "tiff_lzw"}),
    "gif": ("GIF", {}),
    "bmp": ("BMP", {}),
}


def memory_kib(field: str) -> int:
    """Return a field of this process's status: VmRSS now, VmHWM at the peak."""
    found = re.search(rf"{field}:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) if found else 0


def measure(path: Path) -> None:
    """Print what one photo takes, beyond its own bytes and the loaded libraries."""
    data, spec = path.read_bytes(), ViewSpec(224)
    warm = io.BytesIO()
    Image.new("RGB", (8, 8)).save(warm, "JPEG")
    read_pixels(warm.getvalue(), spec)
    before = memory_kib("VmRSS")
    start = time.perf_counter()
    metadata = read_metadata(data)
    metadata_ms = (time.perf_counter() - start) * 1e3
    pixels = read_pixels(data, spec, metadata.orientation, NO_LIMITS)
    total_ms = (time.perf_counter() - start) * 1e3
    peak_mib = (memory_kib("VmHWM") - before) / 1024
    per_pixel = peak_mib * 1024**2 / (pixels.width * pixels.height)
    print(
        f"{path.name:24} {pixels.width} x {pixels.height}  metadata {metadata_ms:5.2f} ms"
        f"  in all {total_ms:4.0f} ms  peak {peak_mib:4.0f} MiB  {per_pixel:4.1f} B/pixel"
    )


def main(arguments: list[str]) -> None:
    """Measure the photos named, or the same photo in each format."""
    if arguments[:1] == ["--one"]:
        measure(Path(arguments[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(argument) for argument in arguments] or written(Path(folder))
        for path in paths:
            subprocess.run([sys.executable, __file__, "--one", str(path)], check=True)


def written(folder: Path) -> list[Path]:
    """Write the photo in each format."""
    with Image.open(large_photo(folder / "source.jpg")) as image:
        for name, (kind, options) in FORMATS.items():
            image.save(folder / name, kind, **options)
    return [folder / name for name in FORMATS]


if __name__ == "__main__":
    main(sys.argv[1:])

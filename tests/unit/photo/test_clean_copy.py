"""A clean copy shows what the photo shows, upright, and says nothing else."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from fieldmark.errors import PhotoError, PhotoTooLarge, PhotoTypeUnsupported, PhotoUnreadable
from fieldmark.photo.clean import clean_copy
from fieldmark.photo.exif import read_metadata
from fieldmark.photo.limits import PhotoLimits
from photo_files import (
    exif_block,
    gps_fields,
    jpeg_segment,
    jpeg_with,
    photo,
    picture,
    png_chunk,
    png_with,
    webp_with,
    xmp_packet,
)

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "exif"
LIMITS = PhotoLimits()
GPS = exif_block({0x010E: "SECRET garden"}, {0x9003: "2026:07:01 12:00:00"},
                 gps_fields(-24.990123, 31.550456))  # fmt: skip
XMP = xmp_packet(GPSLatitude="24,59.40738S", GPSLongitude="31,33.02736E", City="SECRET")
APP0, DQT, SOF0, DHT, SOS, EOI = 0xE0, 0xDB, 0xC0, 0xC4, 0xDA, 0xD9


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def pixels_of(data: bytes) -> NDArray[np.int16]:
    return np.asarray(opened(data).convert("RGB"), dtype=np.int16)


def segments_of(jpeg: bytes) -> list[tuple[int, bytes]]:
    """Return marker and payload of each segment up to the picture's data."""
    assert jpeg[:2] == b"\xff\xd8"
    found: list[tuple[int, bytes]] = []
    at = 2
    while not found or found[-1][0] != SOS:
        assert jpeg[at] == 0xFF
        size = int.from_bytes(jpeg[at + 2 : at + 4], "big")
        found.append((jpeg[at + 1], jpeg[at + 4 : at + 2 + size]))
        at += 2 + size
    return found


def holds_a_picture_only(copy: bytes) -> bool:
    """Tell whether nothing but a JFIF head, tables and the picture is in the file."""
    segments = segments_of(copy)
    markers = {marker for marker, _ in segments}
    heads = [payload for marker, payload in segments if marker == APP0]
    return (
        markers <= {APP0, DQT, SOF0, DHT, SOS}
        and all(head.startswith(b"JFIF\x00") and len(head) == 14 for head in heads)
        and copy.find(b"\xff\xd9") == len(copy) - 2
    )


@pytest.mark.parametrize(
    "data",
    [
        jpeg_with(GPS, XMP),
        jpeg_with(GPS, XMP) + b"SECRET after the end" + GPS,
        jpeg_with(base=photo(picture())[:2] + jpeg_segment(0xFE, b"SECRET") + photo(picture())[2:]),
        photo(picture(), "JPEG", icc_profile=b"SECRET profile" * 20),
        png_with(png_chunk(b"eXIf", GPS) + png_chunk(b"tEXt", b"Comment\x00SECRET")),
        webp_with(GPS, XMP),
        photo(picture(), "AVIF", exif=GPS),
        photo(picture(), "TIFF", description="SECRET", xmp=XMP),
        photo(picture(), "GIF", comment=b"SECRET"),
    ],
    ids=["jpeg", "tail", "comment", "profile", "png", "webp", "avif", "tiff", "gif"],
)
def test_nothing_of_the_metadata_is_carried_over(data: bytes) -> None:
    copy = clean_copy(data, LIMITS)

    assert holds_a_picture_only(copy)
    for trace in (b"SECRET", b"Exif", b"adobe.com", b"2026:07:01", b"24,59", GPS[20:60]):
        assert trace not in copy
    assert opened(copy).info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert read_metadata(copy).position is None


@pytest.mark.skipif(not SHARED.is_dir(), reason="the EXIF photos are not at ../shared/data/exif")
def test_no_photo_of_the_collection_keeps_its_place_or_time() -> None:
    refused = []
    for path in sorted(SHARED.iterdir()):
        if path.suffix not in {".avif", ".heic", ".jpg", ".png", ".webp"}:
            continue
        try:
            copy = clean_copy(path.read_bytes(), LIMITS)
        except PhotoError:
            refused.append(path.name)
            continue
        assert holds_a_picture_only(copy), path.name
        metadata = read_metadata(copy)
        assert (metadata.position, metadata.taken_at, metadata.orientation) == (None, None, 1)
        assert metadata.notes == ()

    assert refused == ["exif_cut_mid.jpg", "truncated_after_exif.jpg", "truncated_half.jpg"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_copy_is_upright(orientation: int) -> None:
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition that stores it so
    image = picture(96, 64)
    stored = image.transpose(Image.Transpose(back[orientation])) if orientation > 1 else image

    copy = clean_copy(jpeg_with(exif_block({0x0112: orientation}), base=photo(stored)), LIMITS)

    seen = pixels_of(copy)
    assert seen.shape == (64, 96, 3)
    assert np.abs(seen - np.asarray(image, dtype=np.int16)).mean() < 4


@pytest.mark.parametrize(
    ("size", "longest_px", "expected"),
    [
        ((64, 48), 2048, (64, 48)),
        ((64, 48), 64, (64, 48)),
        ((640, 480), 100, (100, 75)),
        ((480, 640), 100, (75, 100)),
        ((641, 479), 320, (320, 239)),
        ((900, 3), 30, (30, 1)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_copy_is_at_most_that_large_and_never_larger_than_the_photo(
    kind: str, size: tuple[int, int], longest_px: int, expected: tuple[int, int]
) -> None:
    copy = clean_copy(photo(picture(*size), kind), LIMITS, longest_px)

    assert opened(copy).size == expected


def test_a_reduced_copy_shows_the_whole_photo() -> None:
    copy = clean_copy(photo(picture(1_000, 750), "JPEG", quality=95), LIMITS, 100)

    expected = np.asarray(picture(100, 75), dtype=np.int16)
    assert np.abs(pixels_of(copy) - expected).mean() < 4


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_becomes_a_picture(mode: str) -> None:
    image = Image.new("I;16", (40, 30), 30_000) if mode == "I;16" else picture(40, 30, mode)

    assert opened(clean_copy(photo(image, "PNG"), LIMITS)).mode == "RGB"


def test_what_is_transparent_shows_white() -> None:
    copy = clean_copy(photo(Image.new("RGBA", (600, 600), (10, 20, 30, 0)), "PNG"), LIMITS)

    assert pixels_of(copy).min() >= 254


def test_limits_hold() -> None:
    data = photo(picture(640, 480), "PNG")

    with pytest.raises(PhotoTooLarge, match="bytes"):
        clean_copy(data, PhotoLimits(max_bytes=100))
    with pytest.raises(PhotoTooLarge, match="pixels"):
        clean_copy(data, PhotoLimits(max_pixels=1_000))
    with pytest.raises(PhotoTooLarge, match="memory"):
        clean_copy(data, PhotoLimits(max_working_bytes=1_000))


def test_what_is_no_photo_is_refused() -> None:
    with pytest.raises(PhotoTypeUnsupported):
        clean_copy(b"%PDF-1.7", LIMITS)
    with pytest.raises(PhotoUnreadable):
        clean_copy(photo(picture(), "PNG")[:60], LIMITS)


@given(st.binary(max_size=400), st.integers(0, 300))
def test_damage_is_an_error_of_ours_or_a_clean_copy(noise: bytes, at: int) -> None:
    whole = jpeg_with(GPS, XMP)
    try:
        copy = clean_copy(whole[:at] + noise + whole[at + len(noise) :], LIMITS)
    except PhotoError:
        return
    assert holds_a_picture_only(copy)

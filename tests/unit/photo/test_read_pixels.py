import dataclasses
import struct
import threading
import zlib
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, JpegImagePlugin

from fieldmark.errors import PhotoError, PhotoTooLarge, PhotoTypeUnsupported, PhotoUnreadable
from fieldmark.photo import notes
from fieldmark.photo.decode import _reduced
from fieldmark.photo.pixels import PhotoLimits, PhotoPixels, read_pixels
from fieldmark.photo.views import ViewSpec
from photo_files import jpeg_segment, jpeg_with, photo, picture, png_chunk, png_with

SPEC = ViewSpec(32, views=("centre", "full", "left", "middle", "right"))
PLAIN = ViewSpec(32, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0), views=("full",))

MODES = [
    ("JPEG", "L"), ("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "1"), ("PNG", "L"), ("PNG", "LA"),
    ("PNG", "P"), ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "I;16"), ("WEBP", "RGB"),
    ("WEBP", "RGBA"), ("AVIF", "RGB"), ("AVIF", "RGBA"), ("GIF", "P"), ("GIF", "L"), ("BMP", "1"),
    ("BMP", "L"), ("BMP", "P"), ("BMP", "RGB"), ("TIFF", "1"), ("TIFF", "L"), ("TIFF", "LA"),
    ("TIFF", "P"), ("TIFF", "RGB"), ("TIFF", "RGBA"), ("TIFF", "CMYK"), ("TIFF", "YCbCr"),
    ("TIFF", "LAB"), ("TIFF", "I;16"), ("TIFF", "I;16B"), ("TIFF", "I"), ("TIFF", "F"),
]  # fmt: skip


def of_mode(mode: str) -> Image.Image:
    if mode in ("I;16", "I;16B"):
        wide = np.asarray(picture(256, 192, "L")).astype(np.uint16) * np.uint16(257)
        wide = wide.astype(">u2" if mode == "I;16B" else "<u2")
        return Image.frombytes(mode, (256, 192), wide.tobytes())
    image = picture(256, 192)
    return Image.merge("LAB", image.split()) if mode == "LAB" else image.convert(mode)


def corners(pixels: PhotoPixels) -> list[tuple[int, int]]:
    """Return red and green of the four corners, clockwise from top left, in steps of 64."""
    view = np.rint(pixels.views[0] / 64).astype(int)
    return [(view[0, y, x], view[1, y, x]) for y, x in ((1, 1), (1, -2), (-2, -2), (-2, 1))]


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_every_mode_gives_views_of_one_shape_and_range(kind: str, mode: str) -> None:
    pixels = read_pixels(photo(of_mode(mode), kind), SPEC)

    assert pixels.views.shape == (5, 3, 32, 32)
    assert pixels.views.dtype == np.float32
    assert pixels.views.min() >= -127 / 128
    assert pixels.views.max() <= 1.0
    assert pixels.views.std() > 0.1
    assert (pixels.width, pixels.height, pixels.format) == (256, 192, kind.lower())


@pytest.mark.parametrize(
    "compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits"]
)
def test_a_tiff_may_be_compressed(compression: str) -> None:
    pixels = read_pixels(photo(picture(), "TIFF", compression=compression), PLAIN)

    assert corners(pixels) == [(0, 0), (4, 0), (4, 4), (0, 4)]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_gives_the_same_upright_views(kind: str, orientation: int) -> None:
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition that stores it so
    upright = picture(96, 64)
    stored = upright.transpose(Image.Transpose(back[orientation])) if orientation > 1 else upright

    pixels = read_pixels(photo(stored, kind), SPEC, orientation)

    expected = read_pixels(photo(upright, kind), SPEC)
    assert (pixels.width, pixels.height) == (96, 64)
    assert np.abs(pixels.views - expected.views).max() < 0.15


def test_avif_turns_itself() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    pixels = read_pixels(photo(picture(), "AVIF", exif=exif), PLAIN)

    assert (pixels.width, pixels.height) == (48, 64)
    assert corners(pixels) == [(0, 4), (0, 0), (4, 0), (4, 4)]


def test_a_channel_value_is_normalised_as_the_spec_says() -> None:
    spec = ViewSpec(8, mean=(100.0, 50.0, 0.0), std=(10.0, 5.0, 1.0), views=("full",))

    views = read_pixels(photo(Image.new("RGB", (8, 8), (120, 60, 7)), "PNG"), spec).views

    assert views[0, :, 0, 0].tolist() == [2.0, 2.0, 7.0]


@settings(max_examples=40, deadline=None)
@given(
    width=st.integers(16, 1_200),
    height=st.integers(16, 1_200),
    min_scale=st.sampled_from([1.0, 1.5, 2.0, 3.0]),
)
def test_a_jpeg_is_never_decoded_below_the_least_scale(
    width: int, height: int, min_scale: float
) -> None:
    spec = dataclasses.replace(SPEC, min_scale=min_scale)
    seen: list[tuple[int, int]] = []
    load = JpegImagePlugin.JpegImageFile.load

    def loading(image: JpegImagePlugin.JpegImageFile) -> object:
        seen.append(image.size)
        return load(image)

    with patch.object(JpegImagePlugin.JpegImageFile, "load", loading):
        read_pixels(photo(Image.new("L", (width, height))), spec)

    (decoded_width, decoded_height) = seen[0]
    needed = min(min_scale * spec.size, 0.875 * min(width, height))
    assert 0.875 * min(decoded_width, decoded_height) >= needed


def test_cmyk_is_inverted_only_where_adobe_says_so() -> None:
    adobe = photo(Image.new("CMYK", (32, 32), (0, 0, 0, 0)))
    marker = adobe.index(b"\xff\xee")
    plain = adobe[:marker] + adobe[marker + 16 :]

    assert read_pixels(adobe, PLAIN).views.min() >= 254
    assert read_pixels(plain, PLAIN).views.max() <= 1


def cut(share: float, *, progressive: bool = False) -> bytes:
    noise = Image.effect_noise((256, 256), 60).convert("RGB")
    data = photo(noise, quality=90, progressive=progressive)
    return data[: int(len(data) * share)]


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_is_mostly_there_is_answered_with_a_note(*, progressive: bool) -> None:
    pixels = read_pixels(cut(0.85, progressive=progressive), SPEC)

    assert [note.code for note in pixels.notes] == [notes.PHOTO_TRUNCATED]


def test_a_jpeg_that_is_mostly_gone_is_refused() -> None:
    with pytest.raises(PhotoUnreadable, match=r"cut off: [3-5]\d% of the picture"):
        read_pixels(cut(0.5), SPEC)


def test_a_progressive_jpeg_without_details_is_refused() -> None:
    with pytest.raises(PhotoUnreadable, match="before its details"):
        read_pixels(cut(0.08, progressive=True), SPEC)


def test_a_grey_foot_of_a_whole_jpeg_is_no_cut() -> None:
    image = picture(64, 64)
    image.paste((128, 128, 128), (0, 16, 64, 64))

    assert read_pixels(photo(image), SPEC).notes == ()


def test_what_follows_a_jpeg_is_not_looked_at() -> None:
    data = photo(picture())

    assert read_pixels(data + cut(0.3), SPEC).notes == ()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "AVIF", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_a_cut_file_of_another_format_is_refused(kind: str, share: float) -> None:
    noise = Image.effect_noise((256, 256), 60).convert("P" if kind == "GIF" else "RGB")
    data = photo(noise, kind)

    with pytest.raises(PhotoUnreadable):
        read_pixels(data[: int(len(data) * share)], SPEC)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "GIF"])
def test_the_first_picture_of_many_is_looked_at(kind: str) -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]

    pixels = read_pixels(
        photo(frames[0], kind, save_all=True, append_images=frames[1:], loop=0), PLAIN
    )

    assert pixels.views[0, 0].mean() > 240
    assert [note.code for note in pixels.notes] == [notes.PHOTO_FIRST_OF_MANY]


def test_too_many_bytes_are_refused_unseen() -> None:
    with pytest.raises(PhotoTooLarge, match=r"1,001 bytes; at most 1,000"):
        read_pixels(bytes(1_001), SPEC, limits=PhotoLimits(max_bytes=1_000))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP", "TIFF"])
def test_too_many_pixels_are_refused_before_any_is_decoded(kind: str) -> None:
    data = photo(picture(), kind)

    with (
        patch("PIL.ImageFile.ImageFile.load", side_effect=AssertionError),
        pytest.raises(PhotoTooLarge, match="64 x 48 pixels; at most 3,000"),
    ):
        read_pixels(data, SPEC, limits=PhotoLimits(max_pixels=3_000))


@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {}), ("GIF", {}), ("AVIF", {}),
     ("BMP", {}), ("TIFF", {})],
)  # fmt: skip
def test_what_must_be_decoded_whole_must_fit_the_working_memory(
    kind: str, options: dict[str, object]
) -> None:
    data = photo(Image.new("RGB", (1_600, 1_200)), kind, **options)

    with pytest.raises(PhotoTooLarge, match="MiB of memory"):
        read_pixels(data, SPEC, limits=PhotoLimits(max_working_bytes=2_000_000))


def test_a_baseline_jpeg_needs_little_memory_whatever_its_size() -> None:
    data = photo(Image.new("RGB", (1_600, 1_200)))

    assert read_pixels(data, SPEC, limits=PhotoLimits(max_working_bytes=500_000)).width == 1_600


def test_large_pictures_are_decoded_one_at_a_time() -> None:
    data = photo(Image.new("RGB", (4_000, 3_600)), "PNG")
    running, most = 0, 0
    load = Image.Image.load

    def loading(image: Image.Image) -> object:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return load(image)
        finally:
            running -= 1

    with patch.object(Image.Image, "load", loading):
        threads = [threading.Thread(target=read_pixels, args=(data, SPEC)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert most == 1


def test_metadata_never_reaches_the_decoder() -> None:
    bomb = zlib.compress(bytes(64 * 1024 * 1024))
    broken = jpeg_segment(0xE1, b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
    profiled = jpeg_segment(0xE2, b"ICC_PROFILE\x00\x01\x01" + bytes(100))
    png = png_with(
        png_chunk(b"iCCP", b"p\x00\x00" + bomb) + png_chunk(b"zTXt", b"Comment\x00\x00" + bomb)
    )
    plain = photo(picture())

    assert read_pixels(png, PLAIN).format == "png"
    assert read_pixels(plain[:2] + broken + profiled + plain[2:], PLAIN).format == "jpeg"


@pytest.mark.parametrize("tag", [256, 257, 259, 273])
def test_a_tiff_whose_fields_point_outside_is_refused(tag: int) -> None:
    data = bytearray(photo(picture(), "TIFF"))
    (at,) = struct.unpack_from("<I", data, 4)
    at += 2
    while struct.unpack_from("<H", data, at) != (tag,):
        at += 12
    struct.pack_into("<HII", data, at + 2, 4, 1_000_000, 0x7FFF_FFFF)

    with pytest.raises(PhotoUnreadable, match=f"field {tag}|compression"):
        read_pixels(bytes(data), SPEC)


def test_a_raw_camera_file_is_refused_for_what_it_is() -> None:
    data = photo(picture(), "TIFF", tiffinfo={254: 1})

    with pytest.raises(PhotoTypeUnsupported, match="raw camera file"):
        read_pixels(data, SPEC)


def test_a_bmp_with_compressed_pixels_is_refused() -> None:
    data = bytearray(photo(picture(mode="P"), "BMP"))
    struct.pack_into("<I", data, 30, 1)

    with pytest.raises(PhotoUnreadable, match="compression 1"):
        read_pixels(bytes(data), SPEC)


def test_bands_of_a_heic_join_without_a_seam() -> None:
    class File:
        mode, stride, size = "RGB", 700 * 3 + 4, (700, 600)
        data = memoryview(np.tile(np.arange(600) // 4, (2_104, 1)).T.astype(np.uint8).tobytes())

    image = _reduced(File(), 4)

    assert image.size == (175, 150)
    assert np.asarray(image)[:, 0, 0].tolist() == list(range(150))


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP", "TIFF"]),
    changes=st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_a_damaged_photo_is_answered_or_refused_and_nothing_else(
    kind: str, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(photo(picture(mode="P" if kind == "GIF" else "RGB"), kind))
    for at, value in changes:
        data[at % len(data)] = value

    try:
        pixels = read_pixels(bytes(data), SPEC, limits=PhotoLimits(max_pixels=1_000_000))
    except PhotoError as error:
        assert str(error)  # noqa: PT017  both ends are right
    else:
        assert np.isfinite(pixels.views).all()


def test_jpeg_metadata_takes_no_part_in_decoding() -> None:
    plain = photo(picture())

    marked = read_pixels(jpeg_with(b"II*\x00broken", b"<broken", plain), SPEC)

    assert (marked.views == read_pixels(plain, SPEC).views).all()

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.errors import PhotoTypeUnsupported, PhotoUnreadable
from fieldmark.photo.sniff import format_of, sniff
from photo_files import photo, picture

STARTS = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\x00", b"MM\x00*", b"RIFF", b"BM")


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "tiff", "gif", "bmp", "avif"])
def test_a_photo_is_known_by_its_content(kind: str) -> None:
    assert sniff(photo(picture(), kind)) == kind


@pytest.mark.parametrize(
    ("brands", "found"),
    [
        (b"heic\x00\x00\x00\x00mif1heic", "heic"),
        (b"mif1\x00\x00\x00\x00mif1heic", "heic"),
        (b"mif1\x00\x00\x00\x00avifmif1", "avif"),
        (b"avis\x00\x00\x00\x00avifmsf1", "avif"),
        (b"mp42\x00\x00\x00\x00isommp42", None),
        (b"qt  \x00\x00\x00\x00qt  ", None),
    ],
)
def test_an_iso_media_file_is_known_by_its_brands(brands: bytes, found: str | None) -> None:
    size = (len(brands) + 8).to_bytes(4, "big")

    assert format_of(size + b"ftyp" + brands) == found


@pytest.mark.parametrize("kind", ["EPS", "PDF", "JPEG2000", "PPM", "TGA", "ICO", "PCX", "SGI"])
def test_what_pillow_could_open_and_the_list_lacks_is_refused(kind: str) -> None:
    with pytest.raises(PhotoTypeUnsupported, match="send JPEG"):
        sniff(photo(picture(), kind))


@pytest.mark.parametrize(
    ("start", "words"),
    [(b"%PDF-1.7", "a PDF document"), (b"<svg/>", "a text document"), (b"\x01\x02", "01 02")],
)
def test_a_refusal_says_what_was_sent(start: bytes, words: str) -> None:
    with pytest.raises(PhotoTypeUnsupported, match=words):
        sniff(start)


def test_garbage_before_a_photo_makes_it_none() -> None:
    with pytest.raises(PhotoTypeUnsupported):
        sniff(b"PK\x03\x04" + photo(picture()))


def test_no_bytes_are_no_photo() -> None:
    with pytest.raises(PhotoUnreadable, match="empty"):
        sniff(b"")


@given(st.binary(max_size=64))
def test_only_what_is_on_the_list_is_found(data: bytes) -> None:
    found = format_of(data)

    assert found is None or data.startswith(STARTS) or data[4:8] == b"ftyp"

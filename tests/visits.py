"""What a visitor of the site does, and the photos that they bring."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from photo_files import photo

__all__ = [
    "DESKTOP", "EXAMPLES", "LEMUR", "PHONE", "Context", "OpenPage", "ask", "bare_photo",
    "big_photo", "choose", "file_of",
]  # fmt: skip

Context = dict[str, Any]
"""What a browser context takes: size, scheme, permissions."""

OpenPage = Callable[..., Page]
"""Opens a page of the site, by its path, in a context of its own."""

EXAMPLES: Final = Path(__file__).parents[1] / "examples/photos"
LEMUR: Final = EXAMPLES / "ring-tailed-lemur.jpg"
PHONE: Final[Context] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
DESKTOP: Final[Context] = {"viewport": {"width": 1440, "height": 900}}

_ON_ITS_SIDE: Final = 6


def choose(page: Page, file: Path | FilePayload) -> None:
    """Choose a photo and wait until the page has read what it says of itself."""
    with page.expect_response(lambda answer: answer.url.endswith("/v1/photo-metadata")):
        page.set_input_files("#photo", file)
    expect(page.locator("#found-text")).not_to_be_empty()
    expect(page.locator("#sends")).not_to_be_empty()


def ask(page: Page) -> None:
    """Press the button and wait for the answer."""
    page.click("#go")
    expect(page.locator("#answer article")).to_be_visible()


def file_of(data: bytes, name: str = "photo.jpg") -> FilePayload:
    """Return the bytes as a file that can be chosen."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def bare_photo() -> bytes:
    """Return the lemurs without any metadata."""
    with Image.open(LEMUR) as image:
        return photo(image.convert("RGB"), quality=90)


def big_photo() -> bytes:
    """Return the lemurs in 3,000 pixels, stored on their side, with a place and a long note."""
    with Image.open(LEMUR) as image:
        large = image.convert("RGB").resize((3000, 2000)).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = _ON_ITS_SIDE
    exif.get_ifd(0x8769).update({0x9003: "2025:09:18 10:30:00", 0x927C: b"secret-maker-note"})
    exif.get_ifd(0x8825).update(
        {1: "S", 2: (21.0, 58.0, 0.12), 3: "E", 4: (46.0, 55.0, 59.88)}  # Andringitra
    )
    return photo(large, quality=92, exif=exif)

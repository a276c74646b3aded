import numpy as np
import pytest
from PIL import Image

from fieldmark.photo.colour import bytes_per_pixel, resizable, rgb


def pixel(image: Image.Image) -> tuple[int, ...]:
    return tuple(int(value) for value in rgb(resizable(image))[0, 0])


@pytest.mark.parametrize(
    ("mode", "colour", "seen"),
    [
        ("1", 1, (255, 255, 255)),
        ("L", 90, (90, 90, 90)),
        ("RGB", (10, 20, 30), (10, 20, 30)),
        ("RGBA", (10, 20, 30, 255), (10, 20, 30)),
        ("RGBA", (10, 20, 30, 0), (255, 255, 255)),
        ("LA", (0, 51), (204, 204, 204)),
        ("CMYK", (0, 0, 0, 0), (255, 255, 255)),
        ("CMYK", (255, 0, 0, 0), (0, 255, 255)),
        ("YCbCr", (128, 128, 128), (128, 128, 128)),
        ("I;16", 65_535, (255, 255, 255)),
        ("I;16", 257, (1, 1, 1)),
        ("I", 51, (51, 51, 51)),
        ("F", 1.0, (255, 255, 255)),
        ("F", 128.0, (128, 128, 128)),
    ],
)
def test_every_mode_becomes_red_green_and_blue(
    mode: str, colour: float | tuple[int, ...], seen: tuple[int, ...]
) -> None:
    assert pixel(Image.new(mode, (2, 2), colour)) == seen


def test_a_palette_is_looked_up_before_anything_is_averaged() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([0, 0, 0, 200, 100, 50])
    image.putpixel((0, 0), 1)

    assert pixel(image) == (200, 100, 50)


def test_a_transparent_entry_of_a_palette_shows_white() -> None:
    image = Image.new("P", (1, 1))
    image.putpalette([0, 0, 0])
    image.info["transparency"] = 0

    assert pixel(image) == (255, 255, 255)


def test_levels_that_are_no_numbers_are_dark() -> None:
    levels = np.array([[np.nan, np.inf, 0.0, 1.0]], dtype=np.float32)

    assert rgb(Image.fromarray(levels))[0, :, 0].tolist() == [0, 0, 0, 255]


def test_signed_levels_are_spread_over_the_whole_range() -> None:
    levels = np.array([[-1_000.0, 1_000.0]], dtype=np.float32)

    assert rgb(Image.fromarray(levels))[0, :, 0].tolist() == [0, 255]


def test_transparency_takes_the_most_memory() -> None:
    plain, marked = Image.new("L", (1, 1)), Image.new("L", (1, 1))
    marked.info["transparency"] = 3

    assert bytes_per_pixel(plain) < bytes_per_pixel(marked)

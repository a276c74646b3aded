import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.photo.framing import Box, shorter_side, stored_box, swaps_sides, view_box
from fieldmark.photo.views import ViewKind, ViewSpec

KINDS: tuple[ViewKind, ...] = ("centre", "full", "left", "middle", "right")


@pytest.mark.parametrize(
    ("kind", "box"),
    [
        ("centre", (75, 25, 225, 175)),
        ("full", (0, 0, 300, 200)),
        ("left", (0, 0, 200, 200)),
        ("middle", (50, 0, 250, 200)),
        ("right", (100, 0, 300, 200)),
    ],
)
def test_views_of_a_wide_photo(kind: ViewKind, box: tuple[int, ...]) -> None:
    assert view_box(kind, 300, 200, 0.75) == box


def test_left_and_right_of_a_tall_photo_are_top_and_bottom() -> None:
    assert view_box("left", 200, 300, 0.75) == (0, 0, 200, 200)
    assert view_box("right", 200, 300, 0.75) == (0, 100, 200, 300)


def test_the_smallest_view_sets_the_scale() -> None:
    assert shorter_side(ViewSpec(224, views=("full", "centre")), 4_000, 3_000) == 2_625.0


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, (0, 0)), (2, (3, 0)), (3, (3, 1)), (4, (0, 1)),
     (5, (0, 0)), (6, (0, 3)), (7, (1, 3)), (8, (1, 0))],
)  # fmt: skip
def test_the_upright_corner_lies_where_exif_says(orientation: int, corner: tuple[int, int]) -> None:
    assert stored_box(Box(0, 0, 1, 1), 4, 2, orientation)[:2] == corner


@given(
    kind=st.sampled_from(KINDS),
    width=st.integers(1, 70_000),
    height=st.integers(1, 70_000),
    orientation=st.integers(1, 8),
)
def test_every_view_lies_within_the_photo(
    kind: ViewKind, width: int, height: int, orientation: int
) -> None:
    box = stored_box(view_box(kind, width, height, 0.875), width, height, orientation)

    stored = (height, width) if swaps_sides(orientation) else (width, height)
    assert 0 <= box.left < box.right <= stored[0] + 1e-6
    assert 0 <= box.top < box.bottom <= stored[1] + 1e-6

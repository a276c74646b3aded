"""The packed range: cells and months come back, damage and excess do not pass."""

import h3.api.basic_int as h3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.atlas_format import pack_range, unpack_range
from fieldmark.atlas_format.envelope import deflate, seal
from fieldmark.errors import AtlasBroken

MONTHS = st.integers(1, 4095)


@st.composite
def ranges(draw: st.DrawFn) -> dict[int, int]:
    """Cells of one resolution: single ones, and whole families that compact."""
    resolution = draw(st.integers(0, 4))
    places = st.tuples(st.floats(-90.0, 90.0), st.floats(-180.0, 180.0))
    cells = [h3.latlng_to_cell(*place, resolution) for place in draw(st.lists(places, max_size=8))]
    if resolution > 0:
        cells += [
            s for c in cells[::2] for s in h3.cell_to_children(h3.cell_to_parent(c), resolution)
        ]
    months = draw(st.lists(MONTHS, min_size=1, max_size=3))
    return {cell: months[number % len(months)] for number, cell in enumerate(cells)}


@given(ranges())
def test_what_was_packed_comes_back(cells: dict[int, int]) -> None:
    unpacked = unpack_range(pack_range(cells))

    assert unpacked == cells
    assert list(unpacked) == sorted(cells)


def test_a_pentagon_and_its_children_come_back() -> None:
    pentagon = 0x8009FFFFFFFFFFF
    cells = dict.fromkeys(h3.cell_to_children(pentagon, 3), 4095)

    assert unpack_range(pack_range(cells)) == cells


def test_the_order_of_cells_does_not_matter() -> None:
    cells = h3.grid_disk(h3.latlng_to_cell(10.0, 10.0, 3), 3)

    assert pack_range(dict.fromkeys(cells, 7)) == pack_range(dict.fromkeys(reversed(cells), 7))


@given(ranges(), st.data())
def test_any_changed_byte_is_detected(cells: dict[int, int], data: st.DataObject) -> None:
    packed = bytearray(pack_range(cells))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))

    with pytest.raises(AtlasBroken):
        unpack_range(bytes(packed))


@given(ranges(), st.data())
def test_a_range_cut_short_is_detected(cells: dict[int, int], data: st.DataObject) -> None:
    packed = pack_range(cells)

    with pytest.raises(AtlasBroken):
        unpack_range(packed[: data.draw(st.integers(0, len(packed) - 1))])


def _hostile(cells: int, keys: list[int], months: bytes, size: bytes, resolution: int = 3) -> bytes:
    steps = b"".join((key & 255).to_bytes(1, "little") for key in keys)
    planes = steps + bytes(7 * len(keys))
    counts = b"".join(n.to_bytes(4, "little") for n in (cells, len(keys)))
    head = counts + (len(months) // 2).to_bytes(2, "little") + bytes((resolution,))
    return seal(0xFB, 0, head + deflate(months + size + planes))


@pytest.mark.parametrize(
    ("packed", "why"),
    [
        (_hostile(2**31, [0], b"\x01\x00", b"\x01\0\0\0"), "states"),
        (_hostile(1, [0], b"\x01\x00", b"\x01\0\0\0", resolution=16), "states"),
        (_hostile(1, [7], b"\x01\x00", b"\x01\0\0\0"), "more cells than it states"),
        (_hostile(2, [0], b"\x01\x00", b"\x01\0\0\0"), "states 2 cells and holds 1"),
        (_hostile(1, [0], b"\x01\x00", b"\x05\0\0\0"), "do not add up"),
    ],
    ids=["too many", "no resolution", "grows on unpacking", "too few", "groups do not add up"],
)
def test_a_hostile_range_is_refused(packed: bytes, why: str) -> None:
    with pytest.raises(AtlasBroken, match=why):
        unpack_range(packed)


@pytest.mark.parametrize("months", [0, 4096, -1])
def test_months_are_bits_0_to_11(months: int) -> None:
    with pytest.raises(ValueError, match="bits 0 to 11"):
        pack_range({h3.latlng_to_cell(0.0, 0.0, 3): months})


def test_a_range_has_one_resolution() -> None:
    cells = {h3.latlng_to_cell(0.0, 0.0, level): 1 for level in (2, 3)}

    with pytest.raises(ValueError, match=r"resolutions \[2, 3\]"):
        pack_range(cells)

"""``overrides.csv``: what stands there, or where it is wrong and what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.atlas_format import read_overrides
from fieldmark.atlas_format.overrides import (
    HEADER,
    MAX_BYTES,
    MAX_ROWS,
    overrides_of,
    overrides_row,
)
from fieldmark.errors import AtlasBroken, SourceBroken

TOP = ",".join(HEADER) + "\n"
ROW = "83bcd2fffffffff,41964,Panthera leo,exclude,,4-9,none left,A. Keeper,2026-11-26\n"


def test_each_column_is_read() -> None:
    circle = '"-24.99,31.55,15000",41970,Panthera onca,include,0.2,,"seen, often",B,\n'

    first, second = read_overrides((TOP + ROW + "\n" + circle).encode(), "o.csv")

    assert (first.action, first.months, first.date) == ("exclude", (3, 4, 5, 6, 7, 8), "2026-11-26")
    assert (second.factor, second.reason, len(second.months)) == (0.2, "seen, often", 12)
    assert str(first) == (
        "exclude Panthera leo (41964) in 83bcd2fffffffff, months 4,5,6,7,8,9: none left "
        "[A. Keeper, 2026-11-26]"
    )


def test_what_is_included_without_a_factor_is_uncommon() -> None:
    (row,) = read_overrides(f"\ufeff{TOP}{ROW.replace('exclude', 'include')}".encode(), "o.csv")

    assert row.factor == 0.5


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("83bcd2fffffffff", "83", r"o\.csv:2: column area: '83': .*write an H3 cell"),
        ("41964", "lion", r"column taxon_id: 'lion': give the iNaturalist id"),
        ("41964", "9" * 5000, r"column taxon_id"),
        ("Panthera leo", "", r"column taxon: ''"),
        ("exclude", "remove", r"column action: 'remove': write include, exclude or boost"),
        ("exclude,", "exclude,2", r"column factor: '2': leave it empty"),
        ("exclude,", "boost,", r"column factor: '': give a number above 0 and up to 100"),
        ("exclude,", "include,1.5", r"column factor: '1\.5': give a number above 0 and up to 1"),
        ("exclude,", "boost,nan", r"column factor: 'nan'"),
        ("4-9", "13", r"column months: '13': write months as"),
        ("none left", "", r"column reason: ''"),
        ("A. Keeper", "", r"column author: ''"),
        ("2026-11-26", "26.11.2026", r"column date: '26\.11\.2026'"),
        (",none left", "", r"o\.csv:2: 8 columns instead of 9"),
    ],
)
def test_a_broken_row_is_named_with_line_column_value_and_remedy(
    old: str, new: str, says: str
) -> None:
    with pytest.raises(SourceBroken, match=says):
        read_overrides((TOP + ROW.replace(old, new, 1)).encode(), "o.csv")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", r"o\.csv:1: the header must be"),
        (b"area;taxon\n", r"o\.csv:1: the header must be"),
        (TOP.encode() + b"\xff", r"o\.csv:2: no UTF-8"),
        (TOP.encode() + b'"x', r"o\.csv:\d: cannot be read further"),
        (b" " * (MAX_BYTES + 1), r"2,097,153 bytes; 2,097,152 are the most"),
        ((TOP + ROW * (MAX_ROWS + 1)).encode(), r"o\.csv:10002: more than 10,000 overrides"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_serve_says_why(data: bytes, says: str) -> None:
    with pytest.raises(SourceBroken, match=says):
        read_overrides(data, "o.csv")


@given(st.binary(max_size=300))
def test_whatever_stands_there_is_read_or_refused(tail: bytes) -> None:
    try:
        rows = read_overrides((TOP + ROW).encode() + tail, "o.csv")
    except SourceBroken:
        return
    assert len(rows) >= 1


def test_overrides_come_back_from_a_release_as_they_were() -> None:
    rows = read_overrides((TOP + ROW + ROW.replace("exclude,", "boost,0.1")).encode(), "o.csv")

    assert overrides_of(overrides_row(rows)) == rows


@pytest.mark.parametrize("text", ["{", "[1]", '[["x"]]', "3"])
def test_a_release_with_broken_overrides_is_broken(text: str) -> None:
    with pytest.raises(AtlasBroken, match="overrides of the release are broken"):
        overrides_of(text)

"""What makes a sound release doubtful."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import h3.api.basic_int as h3
import numpy as np
import pytest

from animals import MAMMALS
from fieldmark.atlas.content import ReleaseContent, write_content
from fieldmark.atlas.plausibility import doubts, doubts_after, refuse_doubtful
from fieldmark.atlas_format import pack_record
from fieldmark.domain.area import CellRecord
from fieldmark.domain.taxon import Rank, Taxon
from fieldmark.errors import CheckFailed
from releases import ATLANTIC, CONTENT, KRUGER, RELEASE

TAXA = [Taxon(n, f"Animal {n}", None, Rank.SPECIES, (MAMMALS,)) for n in range(1, 401)]
EVEN = np.full(12, 100, dtype=np.int64)


def record(animals: int, effort: np.ndarray | None = EVEN, occurrence: float = 0.5) -> CellRecord:
    return CellRecord(
        taxon_ids=np.arange(1, animals + 1, dtype=np.int32),
        occurrence=np.full((animals, 12), occurrence, dtype=np.float32),
        best=np.full(animals, occurrence, dtype=np.float32),
        records=np.ones((animals, 12), dtype=np.int64),
        effort=effort,
    )


def content(cells: dict[int, CellRecord], taxa: int = 400) -> ReleaseContent:
    return replace(
        CONTENT,
        release=replace(RELEASE, starter=False, known=np.arange(1, taxa + 1, dtype=np.int32)),
        taxa=TAXA[:taxa],
        records=[pack_record(one) for one in cells.values()],
        cells={cell: number for number, cell in enumerate(cells)},
        ranges={},
    )


def disk(animals: int) -> dict[int, CellRecord]:
    return {cell: record(animals) for cell in h3.grid_disk(KRUGER, 2)}


def test_a_plain_release_raises_no_doubt() -> None:
    assert doubts(content(disk(300))) == []


def test_a_list_that_sticks_out_of_those_around_it_is_doubted() -> None:
    (doubt,) = doubts(content({**disk(30), KRUGER: record(400)}))

    assert f"{KRUGER:x} expects 400 animals, the cells around it 30" in doubt


def test_a_rich_cell_among_rich_ones_is_not() -> None:
    assert doubts(content({**disk(150), KRUGER: record(400)})) == []


def test_visits_that_all_fall_into_one_month_are_doubted() -> None:
    january = np.array([5_000] + [10] * 11, dtype=np.int64)

    (doubt,) = doubts(content({KRUGER: record(400, january)}))

    assert "month 1" in doubt


def test_few_visits_may_fall_into_one_month() -> None:
    january = np.array([50] + [0] * 11, dtype=np.int64)

    assert doubts(content({KRUGER: record(400, january)})) == []


def test_taxa_that_are_expected_nowhere_are_doubted() -> None:
    (doubt,) = doubts(content({KRUGER: record(400, occurrence=0.02)}))

    assert "only 0 of 400 taxa" in doubt


def test_a_release_that_lost_much_of_the_one_before_is_doubted(tmp_path: Path) -> None:
    before = tmp_path / "before.sqlite"
    write_content(content(disk(300)), before)

    found = doubts_after(before, content({KRUGER: record(100)}, taxa=100))

    with pytest.raises(CheckFailed) as caught:
        refuse_doubtful(found)
    for said in ("300 of 400 taxa", "18 of 19 cells", "from 300 to 100 animals"):
        assert said in str(caught.value)


def test_a_release_is_not_doubted_for_what_it_has_in_common_with_the_one_before(
    tmp_path: Path,
) -> None:
    before = tmp_path / "before.sqlite"
    write_content(content(disk(300)), before)

    assert doubts_after(before, content({**disk(300), ATLANTIC: record(400)})) == []


def test_releases_of_two_resolutions_are_held_together_by_the_coarser_cells(
    tmp_path: Path,
) -> None:
    before = tmp_path / "before.sqlite"
    coarse = {h3.cell_to_parent(cell, 2): record(300) for cell in h3.grid_disk(KRUGER, 2)}
    write_content(content({**coarse, **disk(300)}), before)
    after = content(coarse)

    assert doubts_after(before, replace(after, release=replace(after.release, resolution=2))) == []


def _older(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 7")


def _damaged(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE family SET packed = x'00'")


def _unsound(file: Path) -> None:
    """Let the first record of a family list an animal twice."""
    good = content(disk(300))
    two, one = (number.to_bytes(4, "little") for number in (2, 1))
    file.unlink()
    write_content(replace(good, records=[r.replace(two, one, 1) for r in good.records]), file)


@pytest.mark.parametrize(
    "spoil",
    [
        Path.unlink,
        lambda file: file.write_bytes(b""),
        lambda file: file.write_text("no release"),
        lambda file: file.write_bytes(file.read_bytes()[:20_000]),
        _older,
        _damaged,
        _unsound,
    ],
    ids=["missing", "empty", "text", "cut short", "of another version", "damaged", "unsound"],
)
def test_no_release_is_doubted_by_what_is_no_readable_one(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    before = tmp_path / "before.sqlite"
    write_content(content(disk(300)), before)
    spoil(before)

    assert doubts_after(before, content({KRUGER: record(100)}, taxa=100)) == []

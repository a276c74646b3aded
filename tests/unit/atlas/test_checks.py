"""The checks before publishing: a sound release passes, each planted fault is named."""

from dataclasses import replace
from pathlib import Path

import h3.api.basic_int as h3
import numpy as np
import pytest

from animals import AXOLOTL, JAGUAR, LION, cell_record
from fieldmark.atlas.checks import check_content, check_file
from fieldmark.atlas.content import ReleaseContent, write_content
from fieldmark.atlas_format import pack_range, pack_record
from fieldmark.domain.area import CellRecord
from fieldmark.errors import CheckFailed
from releases import RELEASE

BASE = h3.latlng_to_cell(-24.99, 31.55, 1)
OTHER = next(c for c in h3.cell_to_children(h3.cell_to_parent(BASE), 1) if c != BASE)
TOP = h3.cell_to_parent(BASE, 0)
HALF_YEAR = [1.0] * 6 + [0.0] * 6

LIONS = cell_record({LION: 1.0})
BOTH = cell_record({LION: 1.0, JAGUAR: HALF_YEAR})
SHARE = h3.cell_to_children_size(TOP, 1)
MEAN = cell_record({LION: 2.0 / SHARE, JAGUAR: [x / SHARE for x in HALF_YEAR]})

SOUND = ReleaseContent(
    release=replace(RELEASE, resolution=1),
    taxa=sorted((LION, JAGUAR), key=lambda taxon: taxon.id),
    records=[pack_record(LIONS), pack_record(BOTH), pack_record(MEAN)],
    cells={BASE: 0, OTHER: 1, TOP: 2},
    ranges={
        LION.id: pack_range({BASE: 4095, OTHER: 4095}),
        JAGUAR.id: pack_range({OTHER: 0b111111}),
    },
)


def _records(*records: CellRecord) -> ReleaseContent:
    return replace(SOUND, records=[pack_record(record) for record in records])


def test_a_sound_release_passes() -> None:
    check_content(SOUND, required={LION.id, JAGUAR.id})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (replace(SOUND, release=replace(SOUND.release, name=" ")), "its name is empty"),
        (replace(SOUND, release=replace(SOUND.release, licence="")), "its licence is empty"),
        (replace(SOUND, release=replace(SOUND.release, sources=())), "names no source"),
        (replace(SOUND, release=replace(SOUND.release, expected_from=0.0)), "expected_from is 0.0"),
        (replace(SOUND, release=replace(SOUND.release, coarsest=2)), "do not fit"),
        (replace(SOUND, taxa=[], ranges={}), "holds no taxon"),
        (replace(SOUND, cells={}), "holds no cell"),
        (replace(SOUND, cells={**SOUND.cells, 5: 0}), "5 is no H3 cell"),
        (
            replace(SOUND, cells={**SOUND.cells, h3.cell_to_children(BASE)[0]: 0}),
            "resolution 0 to 1",
        ),
        (_records(LIONS, BOTH, cell_record({})), "record 2 lists 0 taxa"),
        (_records(LIONS, BOTH, cell_record({AXOLOTL: 1.0})), "does not know"),
        (_records(LIONS, BOTH, cell_record({LION: 1.0, JAGUAR: 0.0})), "never occur"),
        (replace(SOUND, cells={BASE: 0, OTHER: 0, TOP: 2}), "no cell points at"),
        (replace(SOUND, ranges={LION.id: SOUND.ranges[LION.id]}), "Panthera onca.* has no range"),
        (replace(SOUND, ranges={**SOUND.ranges, 7: SOUND.ranges[LION.id]}), "range of taxon 7"),
        (replace(SOUND, ranges={**SOUND.ranges, LION.id: pack_range({BASE: 1})}), "differs"),
        (_records(LIONS, BOTH, cell_record({LION: 0.9, JAGUAR: HALF_YEAR})), "not the mean"),
        (
            replace(SOUND, cells={BASE: 0, OTHER: 1}, records=SOUND.records[:2]),
            "that hold the base",
        ),
        (
            replace(SOUND, records=[SOUND.records[0], SOUND.records[1], b"\xfa\x01"]),
            "no packed entry",
        ),
    ],
)
def test_a_planted_fault_is_named(content: ReleaseContent, why: str) -> None:
    with pytest.raises(CheckFailed, match=why):
        check_content(content)


def test_a_best_that_is_reached_nowhere_is_named() -> None:
    high = CellRecord(LIONS.taxon_ids, LIONS.occurrence * np.float32(0.5), LIONS.best)
    content = replace(
        SOUND,
        records=[pack_record(high), *SOUND.records[1:]],
    )
    only = replace(content, cells={BASE: 0}, records=content.records[:1])
    one = replace(
        only,
        release=replace(SOUND.release, known=np.array([LION.id], dtype=np.int32), coarsest=1),
        taxa=[LION],
        ranges={LION.id: pack_range({BASE: 4095})},
    )

    with pytest.raises(CheckFailed, match="best that is not the highest"):
        check_content(one)


@pytest.mark.parametrize("best", [0.5, 1.0])
def test_a_best_that_differs_in_one_record_is_named(best: float) -> None:
    records = [replace(r, best=np.full(r.best.size, 0.75, dtype=np.float32))
               for r in (cell_record({LION: 0.75}), cell_record({LION: 0.75 / 7}))]  # fmt: skip
    top = replace(records[1], best=np.array([best], dtype=np.float32))
    one = replace(
        SOUND,
        release=replace(SOUND.release, known=np.array([LION.id], dtype=np.int32)),
        taxa=[LION],
        records=[pack_record(records[0]), pack_record(top)],
        cells={BASE: 0, TOP: 1},
        ranges={LION.id: pack_range({BASE: 4095})},
    )

    with pytest.raises(CheckFailed, match="best that is not the highest"):
        check_content(one)


def test_a_required_taxon_without_a_range_is_named() -> None:
    with pytest.raises(CheckFailed, match="taxon 26790 must be in the release"):
        check_content(SOUND, required={LION.id, AXOLOTL.id})


def test_many_faults_are_listed_in_part() -> None:
    many = replace(SOUND, cells={**SOUND.cells, **dict.fromkeys(range(1, 31), 0)})

    with pytest.raises(CheckFailed) as caught:
        check_content(many)
    assert str(caught.value).count("\n") == 11
    assert "and 20 more" in str(caught.value)


def test_a_file_is_checked_as_stores_will_read_it(tmp_path: Path) -> None:
    write_content(SOUND, tmp_path / "atlas.sqlite")

    check_file(tmp_path / "atlas.sqlite", required={LION.id})


def test_a_damaged_file_fails(tmp_path: Path) -> None:
    path = tmp_path / "atlas.sqlite"
    write_content(SOUND, path)
    whole = bytearray(path.read_bytes())
    whole[-2000:] = bytes(2000)
    path.write_bytes(whole)

    with pytest.raises(CheckFailed):
        check_file(path)


def test_a_file_that_is_not_there_fails(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="not readable"):
        check_file(tmp_path / "none.sqlite")


def _looked(record: CellRecord, visits: int) -> CellRecord:
    records = np.ones((record.taxon_ids.size, 12), dtype=np.int64)
    return replace(record, records=records, effort=np.full(12, visits, dtype=np.int64))


NEIGHBOUR = next(c for c in h3.grid_disk(TOP, 1) if c != TOP)
HALF = cell_record({LION: 1.0, JAGUAR: [x / 2.0 for x in HALF_YEAR]})
COUNTED = replace(
    SOUND,
    records=[pack_record(_looked(r, n)) for r, n in ((LIONS, 3), (BOTH, 4), (HALF, 7), (HALF, 0))],
    cells={BASE: 0, OTHER: 1, TOP: 2, NEIGHBOUR: 3},
)


def _counted(number: int, record: CellRecord) -> ReleaseContent:
    records = list(COUNTED.records)
    records[number] = pack_record(record)
    return replace(COUNTED, records=records)


def test_a_release_of_records_has_means_over_the_cells_with_a_record() -> None:
    check_content(COUNTED, required={LION.id, JAGUAR.id})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (_counted(2, _looked(MEAN, 7)), "not the mean"),
        (_counted(2, _looked(HALF, 8)), "not the mean"),
        (_counted(3, _looked(HALF, 1)), "that hold the base"),
        (_counted(0, LIONS), "does not count effort as other records do"),
    ],
)
def test_a_fault_in_a_release_of_records_is_named(content: ReleaseContent, why: str) -> None:
    with pytest.raises(CheckFailed, match=why):
        check_content(content)


def test_a_record_that_lists_nothing_is_sound_where_effort_is_known() -> None:
    nothing = _looked(cell_record({}), 4)
    lions = [pack_record(_looked(r, n)) for r, n in ((LIONS, 3), (nothing, 4), (_half(), 7))]
    ranges = {LION.id: pack_range({BASE: 4095})}
    one = replace(RELEASE, resolution=1, known=np.array([LION.id], dtype=np.int32))

    check_content(ReleaseContent(one, [LION], lions, {BASE: 0, OTHER: 1, TOP: 2}, ranges))


def _half() -> CellRecord:
    return cell_record({LION: 0.5})

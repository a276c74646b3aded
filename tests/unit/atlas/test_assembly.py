"""Assembly: ranges, records or both become one release that passes the checks and answers."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import h3.api.basic_int as h3
import numpy as np
import pytest

from animals import JAGUAR, LION
from cell_counts import cell_counts, even
from fieldmark.adapters.sqlite_areas import SqliteAreas
from fieldmark.atlas.assembly import assemble, content_of
from fieldmark.atlas.checks import check_content
from fieldmark.atlas.content import ReleaseContent, write_content
from fieldmark.atlas.records.counts import CellCounts
from fieldmark.atlas.sources import Evidence
from fieldmark.atlas.taxa import Taxa
from fieldmark.atlas_format import unpack_record
from fieldmark.domain.area import CellRecord
from fieldmark.domain.position import shares_of_cell
from fieldmark.errors import SourceBroken
from fieldmark.lookup import look_up
from releases import RELEASE

BASE = 2
TAXA = Taxa({LION.id: LION, JAGUAR.id: JAGUAR}, frozenset())
PARENT = h3.latlng_to_cell(9.0, -84.0, BASE - 1)
HOME, *AROUND = sorted(h3.cell_to_children(PARENT, BASE))
FAR = h3.latlng_to_cell(-30.0, 130.0, BASE)
CELLS = np.array(sorted(c for w in h3.get_res0_cells() for c in h3.cell_to_children(w, BASE)))

COUNTS = cell_counts(
    BASE,
    {(JAGUAR.id, c): even(3) for c in AROUND},
    {c: even(10) for c in AROUND} | {FAR: even(200)},
)
RANGES = Evidence(
    np.array([LION.id, LION.id], dtype=np.int32),
    np.array([HOME, AROUND[0]], dtype=np.int64),
    np.array([4095, 1], dtype=np.int16),
    np.array([60_000, 30_000], dtype=np.int32),
)


def _content(evidence: Evidence | None, counts: CellCounts | None) -> ReleaseContent:
    with TemporaryDirectory() as folder:
        assembly = assemble(Path(folder), CELLS, BASE, (evidence, counts))
        return content_of(assembly, replace(RELEASE, resolution=BASE, starter=False), TAXA)


def _records(content: ReleaseContent) -> Mapping[int, CellRecord]:
    return {cell: unpack_record(content.records[n]) for cell, n in content.cells.items()}


@pytest.mark.parametrize("evidence", [None, RANGES])
@pytest.mark.parametrize("counts", [None, COUNTS])
def test_what_is_assembled_passes_the_checks(
    evidence: Evidence | None, counts: CellCounts | None
) -> None:
    if evidence is not None or counts is not None:
        check_content(_content(evidence, counts))


def test_with_nothing_said_there_is_no_release() -> None:
    with pytest.raises(SourceBroken, match="no usable record or range"):
        _content(None, None)


def test_counts_in_which_nothing_was_found_are_no_release() -> None:
    with pytest.raises(SourceBroken, match="no usable record or range"):
        _content(None, cell_counts(BASE, {}, {HOME: even(10)}))


def test_a_release_knows_the_taxa_that_it_lists() -> None:
    content = _content(RANGES, COUNTS)

    assert content.release.known.tolist() == sorted((LION.id, JAGUAR.id))
    assert [taxon.id for taxon in content.taxa] == content.release.known.tolist()


def test_a_release_of_ranges_counts_nothing() -> None:
    record = _records(_content(RANGES, None))[HOME]

    assert (record.records, record.effort) == (None, None)


def test_where_somebody_looked_in_vain_the_record_says_so() -> None:
    record = _records(_content(None, COUNTS))[FAR]

    assert record.taxon_ids.size == 0
    assert record.effort is not None
    assert record.effort.tolist() == [200] * 12


def test_a_wider_cell_counts_records_and_visits_of_all_in_it() -> None:
    record = _records(_content(None, COUNTS))[PARENT]

    assert record.records is not None
    assert record.effort is not None
    assert record.records.tolist() == [[3 * len(AROUND)] * 12]
    assert record.effort.tolist() == [10 * len(AROUND)] * 12


def test_the_same_counts_give_the_same_content() -> None:
    assert _content(RANGES, COUNTS).records == _content(RANGES, COUNTS).records


def test_a_request_tells_searched_in_vain_from_nobody_looked(tmp_path: Path) -> None:
    write_content(_content(None, COUNTS), tmp_path / "atlas.sqlite")
    store = SqliteAreas(tmp_path / "atlas.sqlite")
    release = store.release()

    in_vain = look_up(store, release, shares_of_cell(FAR, BASE), 7)
    beside = look_up(store, release, shares_of_cell(HOME, BASE), 7)
    store.close()

    assert in_vain.view is not None
    assert beside.view is not None
    assert in_vain.view.features.effort is not None
    assert beside.view.features.effort is not None
    assert in_vain.view.features.effort[6] == 200
    assert in_vain.use.animals == 0
    assert beside.view.features.effort[6] == 0
    assert beside.use.animals == 1

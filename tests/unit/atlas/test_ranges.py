"""ranges.csv: the painter's order, and errors that name file, line, column, value and remedy."""

from pathlib import Path

import numpy as np
import pytest

import toy_earth
from fieldmark.atlas.geography import Box, Geography
from fieldmark.atlas.sources import Evidence, open_source
from fieldmark.atlas.sources.ranges import FREQUENCIES, HEADER, RangeTable, read_rows
from fieldmark.atlas_format import QUANTA
from fieldmark.errors import SourceBroken
from toy_earth import LION, TAXA, cell, held

WEST_CELL = cell(15.0, 10.0)
EAST_CELL = cell(15.0, 30.0)
ALL_YEAR = 0b1111_1111_1111


@pytest.fixture(scope="module")
def earth() -> Geography:
    return toy_earth.geography()


def _file(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "ranges.csv"
    path.write_text("\n".join((",".join(HEADER), *rows)) + "\n", encoding="utf-8")
    return path


def _lion(places: str, clip: str = ",,,", frequency: str = "common", months: str = "") -> str:
    return f'{LION.id},Panthera leo,{places},{clip},native,{frequency},"{months}",'


def _year(evidence: Evidence, at: int) -> list[float]:
    """Return the occurrence of the only taxon at a cell, January first."""
    year = [0.0] * 12
    for row in np.flatnonzero(evidence.cell == at):
        for month in range(12):
            if evidence.months[row] >> month & 1:
                year[month] = max(year[month], float(evidence.quanta[row] / QUANTA))
    return year


def _evidence(path: Path, earth: Geography) -> Evidence:
    source = open_source(path)
    assert isinstance(source, RangeTable)
    return source.evidence(earth, TAXA)


def _paint(tmp_path: Path, earth: Geography, *rows: str) -> Evidence:
    return _evidence(_file(tmp_path, *rows), earth)


def test_a_row_paints_its_places_in_its_months(tmp_path: Path, earth: Geography) -> None:
    evidence = _paint(tmp_path, earth, _lion("West", frequency="uncommon", months="10-3"))

    assert set(evidence.cell.tolist()) == held(earth, "West")
    assert _year(evidence, WEST_CELL) == [0.5] * 3 + [0.0] * 6 + [0.5] * 3


def test_a_later_row_overwrites_an_earlier_one_where_they_overlap(
    tmp_path: Path, earth: Geography
) -> None:
    evidence = _paint(
        tmp_path,
        earth,
        _lion("Both"),
        _lion("East", frequency="rare", months="1-6"),
        _lion("East", frequency="uncommon", months="6"),
    )

    assert _year(evidence, WEST_CELL) == [1.0] * 12
    assert _year(evidence, EAST_CELL) == [0.15] * 5 + [0.5] + [1.0] * 6


def test_absent_erases_and_can_be_painted_over(tmp_path: Path, earth: Geography) -> None:
    evidence = _paint(
        tmp_path,
        earth,
        _lion("Both"),
        _lion("Both", frequency="absent"),
        _lion("East", clip="20,,,", months="7"),
    )

    assert _year(evidence, WEST_CELL) == [0.0] * 12
    assert _year(evidence, cell(25.0, 30.0)) == [0.0] * 6 + [1.0] + [0.0] * 5


def test_rows_of_other_taxa_in_between_change_nothing(tmp_path: Path, earth: Geography) -> None:
    owl = "19893,Strigiformes,Both,,,,,native,common,,"
    mixed = _paint(tmp_path, earth, _lion("Both"), owl, _lion("East", frequency="absent"))

    lions = set(mixed.cell[mixed.taxon_id == LION.id].tolist())
    assert lions == held(earth, "West")
    assert set(mixed.cell[mixed.taxon_id == 19893].tolist()) == held(earth, "Both")


def test_two_strokes_that_meet_inside_a_cell_leave_no_gap(tmp_path: Path, earth: Geography) -> None:
    thirds = [_lion("West", clip=f",{west},,{west + 3.7}") for west in np.arange(-1.0, 20.0, 3.6)]
    evidence = _paint(tmp_path, earth, *thirds)

    assert set(evidence.cell.tolist()) >= held(earth, "West")


def test_a_cell_has_the_frequency_that_half_of_its_land_reaches(
    tmp_path: Path, earth: Geography
) -> None:
    inside = np.flatnonzero(earth.grid.cell_of == np.searchsorted(earth.grid.cells, WEST_CELL))
    middle = float(np.quantile(earth.grid.longitude[inside], 0.6))
    evidence = _paint(
        tmp_path,
        earth,
        _lion("West", frequency="uncommon"),
        _lion("West", clip=f",{middle},,"),
    )

    assert _year(evidence, WEST_CELL)[0] == 0.5


def test_a_clip_between_two_points_still_means_the_nearest(
    tmp_path: Path, earth: Geography
) -> None:
    row = int(np.flatnonzero(earth.grid.cells[earth.grid.cell_of] == WEST_CELL)[0])
    north, east = earth.grid.latitude[row] + 0.1, earth.grid.longitude[row] + 0.1
    thin = f"{north - 0.02:.4f},{east - 0.02:.4f},{north:.4f},{east:.4f}"

    evidence = _paint(tmp_path, earth, _lion("West", clip=thin))

    assert evidence.cell.tolist() == [WEST_CELL]


def test_a_taxon_whose_rows_are_all_absent_lives_nowhere(tmp_path: Path, earth: Geography) -> None:
    owl = "19893,Strigiformes,West,,,,,native,common,,"
    evidence = _paint(tmp_path, earth, owl, _lion("All", frequency="absent"))

    assert evidence.nowhere == {LION.id}
    assert LION.id not in evidence.taxon_id


def test_every_frequency_but_absent_is_expected_somewhere() -> None:
    expected_from = 0.1

    assert all(
        (occurrence >= expected_from) == (word != "absent")
        for word, occurrence in FREQUENCIES.items()
    )


def test_the_evidence_is_in_order_of_taxa(tmp_path: Path, earth: Geography) -> None:
    owl = "19893,Strigiformes,West,,,,,native,common,,"
    evidence = _paint(tmp_path, earth, _lion("West"), owl)

    assert evidence.taxon_id.tolist() == sorted(evidence.taxon_id.tolist())
    assert set(evidence.months.tolist()) == {ALL_YEAR}


@pytest.mark.parametrize(
    ("row", "column", "remedy"),
    [
        ("12,Panthera leo,West,,,,,native,common,,", "taxon_id: '12'", "labels.csv"),
        ("x,Panthera leo,West,,,,,native,common,,", "taxon_id: 'x'", "labels.csv"),
        ("41964,Lion,West,,,,,native,common,,", "taxon: 'Lion'", "'Panthera leo'"),
        ("41964,Panthera leo,,,,,,native,common,,", "places: ''", "name one place"),
        ("41964,Panthera leo,West,south,,,,native,common,,", "south: 'south'", "decimal degrees"),
        ("41964,Panthera leo,West,,,1e9,,native,common,,", "south to east", "between -90 and 90"),
        ("41964,Panthera leo,West,9,,8,,native,common,,", "south to east", "nothing between"),
        ("41964,Panthera leo,West,,,,,wild,common,,", "origin: 'wild'", "native or introduced"),
        ("41964,Panthera leo,West,,,,,native,often,,", "frequency: 'often'", "rare or absent"),
        ("41964,Panthera leo,West,,,,,native,common,May,", "months: 'May'", "4-9"),
        ("41964,Panthera leo,West,,,,,native,common,", "10 columns instead of 11", "quotes"),
        ("41964,Panthera leo,Wast,,,,,native,common,,", "places: 'Wast'", "did you mean 'West'"),
        ("41964,Panthera leo,West,50,,,,native,common,,", "places: 'West'", "widen the clip"),
    ],
)
def test_a_broken_row_is_refused_by_line_column_value_and_remedy(
    tmp_path: Path, earth: Geography, row: str, column: str, remedy: str
) -> None:
    path = _file(tmp_path, _lion("West"), row)

    with pytest.raises(SourceBroken) as caught:
        _evidence(path, earth)
    assert str(caught.value).startswith(f"{path}:3: ")
    assert column in str(caught.value)
    assert remedy in str(caught.value)


def test_a_range_erased_by_its_own_last_rows_is_refused(tmp_path: Path, earth: Geography) -> None:
    with pytest.raises(SourceBroken, match=r"ranges.csv:3: nothing is left .* taxon 41964"):
        _paint(tmp_path, earth, _lion("West"), _lion("All", frequency="absent"))


def test_a_file_without_rows_is_refused(tmp_path: Path, earth: Geography) -> None:
    with pytest.raises(SourceBroken, match="holds no row"):
        _paint(tmp_path, earth)


def test_empty_lines_and_a_byte_order_mark_do_no_harm(tmp_path: Path, earth: Geography) -> None:
    path = _file(tmp_path, "", _lion("West"), "")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert _evidence(path, earth).cell.size


def test_a_stray_quote_is_an_error_and_swallows_no_line(tmp_path: Path) -> None:
    path = _file(tmp_path, _lion("West"), '41964,"Panthera" leo,West,,,,,native,common,,')

    with pytest.raises(SourceBroken, match="cannot be read further"):
        list(read_rows(path, TAXA))


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = _file(tmp_path, _lion("West"))
    path.write_bytes(path.read_bytes() + "41964,Panthera leo,Côte".encode("latin-1"))

    with pytest.raises(SourceBroken, match="cannot be read further"):
        list(read_rows(path, TAXA))


def test_a_table_is_opened_by_its_header_not_by_its_name(tmp_path: Path) -> None:
    path = _file(tmp_path, _lion("West")).rename(tmp_path / "lions.txt")

    assert isinstance(open_source(path), RangeTable)
    assert open_source(path).name.startswith("lions.txt sha256:")


@pytest.mark.parametrize("content", [b"", b"taxon,latitude\n", b"PK\x03\x04", b"\xff" * 100])
def test_a_file_of_no_known_format_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "records.bin"
    path.write_bytes(content)

    with pytest.raises(SourceBroken, match=r"no known format; known are: ranges\.csv"):
        open_source(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match=r"none.csv cannot be read: No such file"):
        open_source(tmp_path / "none.csv")


def test_a_header_in_another_order_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ranges.csv"
    path.write_text("taxon,taxon_id,places\n")

    with pytest.raises(SourceBroken, match="the header must be"):
        list(read_rows(path, TAXA))


def test_a_clip_over_the_antimeridian_is_read(tmp_path: Path) -> None:
    (row,) = read_rows(_file(tmp_path, _lion("West", clip="-20,170,20,-170")), TAXA)

    assert row.clip == Box(-20.0, 170.0, 20.0, -170.0)

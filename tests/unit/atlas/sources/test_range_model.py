"""Range models: whom the network expects where and when, and errors that say what does not fit."""

import math
from pathlib import Path

import h3.api.basic_int as h3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import toy_earth
from fieldmark.atlas.geography import Geography
from fieldmark.atlas.sources.evidence import Evidence
from fieldmark.atlas.sources.range_model import CUT, RangeModel
from fieldmark.atlas.sources.range_network import is_network, open_network
from fieldmark.atlas.sources.scientific_names import by_scientific_name
from fieldmark.atlas.taxa import Taxa
from fieldmark.atlas_format import QUANTA
from fieldmark.domain.taxon import Rank, Taxon
from fieldmark.errors import SourceBroken
from range_networks import write_labels, write_network
from toy_earth import LION, cell

STRIX = Taxon(19891, "Strix", "wood owls", Rank.GENUS)
TAXA = Taxa({LION.id: LION, STRIX.id: STRIX}, frozenset({LION.id, STRIX.id}))
LABELS = ("Panthera leo_lion", "Strix aluco_tawny owl", "Strix varia_barred owl", "Noise_Noise")


@pytest.fixture(scope="module")
def earth() -> Geography:
    return toy_earth.geography()


def _logit(probability: float) -> float:
    return math.log(probability / (1.0 - probability))


def _constant(tmp_path: Path, *probabilities: float, batch: int | str = "N") -> Path:
    """Write a network that expects each species so much, whatever the place and week."""
    species = len(probabilities)
    path = tmp_path / "ranges.onnx"
    write_network(path, [[0.0] * species] * 3, [_logit(p) for p in probabilities], batch=batch)
    write_labels(path, *LABELS[:species])
    return path


def _year(evidence: Evidence, taxon_id: int, at: int) -> list[float]:
    year = [0.0] * 12
    for row in np.flatnonzero((evidence.cell == at) & (evidence.taxon_id == taxon_id)):
        for month in range(12):
            if evidence.months[row] >> month & 1:
                assert year[month] == 0.0, "a month is told once"
                year[month] = float(evidence.quanta[row] / QUANTA)
    return year


def test_a_month_is_the_mean_of_its_four_weeks(tmp_path: Path, earth: Geography) -> None:
    path = write_network(tmp_path / "weeks.onnx", [[0.0], [0.0], [0.1]], [-3.0])
    write_labels(path, "Panthera leo")

    evidence = RangeModel(path).evidence(earth, TAXA)

    weeks = [1.0 / (1.0 + math.exp(3.0 - 0.1 * week)) for week in range(1, 49)]
    months = [sum(weeks[4 * month : 4 * month + 4]) / 4 for month in range(12)]
    assert _year(evidence, LION.id, cell(15.0, 10.0)) == pytest.approx(months, abs=0.0051)


def test_the_place_that_is_asked_about_lies_in_the_cell(tmp_path: Path, earth: Geography) -> None:
    path = write_network(tmp_path / "north.onnx", [[0.1], [0.02], [0.0]], [-2.0])
    write_labels(path, "Panthera leo")

    evidence = RangeModel(path).evidence(earth, TAXA)

    at = cell(25.0, 10.0)
    north, east = h3.cell_to_latlng(at)
    expected = 1.0 / (1.0 + math.exp(2.0 - 0.1 * north - 0.02 * east))
    assert _year(evidence, LION.id, at) == pytest.approx([expected] * 12, abs=0.06)


def test_months_alike_share_one_row(tmp_path: Path, earth: Geography) -> None:
    evidence = RangeModel(_constant(tmp_path, 0.5)).evidence(earth, TAXA)

    assert set(evidence.months.tolist()) == {0b1111_1111_1111}
    assert evidence.cell.size == np.unique(evidence.cell).size == earth.lookouts.size


def test_what_is_less_likely_than_the_cut_is_not_there(tmp_path: Path, earth: Geography) -> None:
    path = _constant(tmp_path, CUT - 0.001, CUT + 0.001)

    evidence = RangeModel(path).evidence(earth, TAXA)

    assert set(evidence.taxon_id.tolist()) == {STRIX.id}
    assert set(evidence.quanta.tolist()) == {round(0.03 * QUANTA)}


def test_a_genus_has_the_likeliest_of_its_species(tmp_path: Path, earth: Geography) -> None:
    evidence = RangeModel(_constant(tmp_path, 0.1, 0.3, 0.7)).evidence(earth, TAXA)

    assert _year(evidence, STRIX.id, cell(15.0, 10.0)) == [0.7] * 12
    assert _year(evidence, LION.id, cell(15.0, 10.0)) == [0.1] * 12


def test_names_that_are_no_taxon_are_told(tmp_path: Path) -> None:
    assert RangeModel(_constant(tmp_path, 0.1, 0.1, 0.1, 0.9)).unmatched(TAXA) == ["Noise"]


def test_land_and_the_sea_beside_it_are_asked_about_and_no_more(earth: Geography) -> None:
    asked = set(earth.grid.cells[earth.grid.cell_of[earth.lookouts]].tolist())

    assert cell(15.0, 10.0) in asked
    assert cell(*toy_earth.ISLET) in asked
    assert cell(15.0, 60.0) not in asked
    assert len(asked) == earth.lookouts.size


def test_a_model_that_takes_one_query_at_a_time_says_the_same(
    tmp_path: Path, earth: Geography
) -> None:
    by_many = RangeModel(_constant(tmp_path, 0.2, 0.4)).evidence(earth, TAXA)
    by_seven = RangeModel(_constant(tmp_path, 0.2, 0.4, batch=7)).evidence(earth, TAXA)

    assert by_many.quanta.tolist() == by_seven.quanta.tolist()


def test_the_model_is_known_by_its_content(tmp_path: Path) -> None:
    path = _constant(tmp_path, 0.5)

    assert is_network(path.read_bytes()[:64])
    assert is_network(b"\x1c\x00\x00\x00TFL3\x14\x00")
    assert not is_network(b"taxon_id,taxon,places")
    assert not is_network(b"PK\x03\x04\x14\x00\x00\x00")


@given(st.text(alphabet=st.characters(codec="utf-8", min_codepoint=9), max_size=20))
def test_text_is_no_model(text: str) -> None:
    assert not is_network(text.encode())


def test_labels_of_another_model_are_refused(tmp_path: Path) -> None:
    path = _constant(tmp_path, 0.5, 0.5)
    labels = tmp_path / "other.txt"
    labels.write_text("Panthera leo\n", encoding="utf-8")

    with pytest.raises(SourceBroken, match=r"other.txt has 1 lines.*knows 2 species"):
        RangeModel(path, labels).unmatched(TAXA)


def test_a_model_without_labels_says_what_it_needs(tmp_path: Path) -> None:
    path = write_network(tmp_path / "lone.onnx", [[0.0]] * 3, [0.0])

    with pytest.raises(SourceBroken, match=r"lone.onnx knows 1 species; it needs.*found: none"):
        RangeModel(path).unmatched(TAXA)


def test_a_label_without_a_name_is_refused_with_its_line(tmp_path: Path) -> None:
    path = _constant(tmp_path, 0.5, 0.5)
    write_labels(path, "Panthera leo_lion", "_owl")

    with pytest.raises(SourceBroken, match=r"ranges_Labels.txt:2: no name"):
        RangeModel(path).unmatched(TAXA)


def test_a_model_that_knows_none_of_the_taxa_is_refused(tmp_path: Path, earth: Geography) -> None:
    path = _constant(tmp_path, 0.5)
    write_labels(path, "Corvus corax_raven")

    with pytest.raises(SourceBroken, match="none of its 1 species, such as 'Corvus corax'"):
        RangeModel(path).evidence(earth, TAXA)


def test_a_model_that_gives_no_probabilities_is_refused(tmp_path: Path, earth: Geography) -> None:
    path = write_network(tmp_path / "scores.onnx", [[1.0], [0.0], [0.0]], [0.0], sigmoid=False)
    write_labels(path, "Panthera leo")

    with pytest.raises(SourceBroken, match="no probabilities; export it with its sigmoid"):
        RangeModel(path).evidence(earth, TAXA)


def test_not_a_number_is_no_probability(tmp_path: Path, earth: Geography) -> None:
    path = write_network(tmp_path / "nan.onnx", [[0.0]] * 3, [math.nan])
    write_labels(path, "Panthera leo")

    with pytest.raises(SourceBroken, match="no probabilities"):
        RangeModel(path).evidence(earth, TAXA)


def test_a_model_of_other_inputs_is_refused(tmp_path: Path) -> None:
    path = write_network(tmp_path / "four.onnx", [[0.0]] * 4, [0.0], inputs=4)

    with pytest.raises(SourceBroken, match=r"takes one tensor \[N, 3\]"):
        open_network(path)


@pytest.mark.parametrize("kept", [8, 60])
def test_a_truncated_model_is_refused(tmp_path: Path, kept: int) -> None:
    path = _constant(tmp_path, 0.5)
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(SourceBroken, match="is no sound model"):
        open_network(path)


def test_a_name_counts_for_its_own_taxon_before_its_genus() -> None:
    aluco = Taxon(19893, "Strix aluco", None, Rank.SPECIES)
    taxa = Taxa({STRIX.id: STRIX, aluco.id: aluco}, frozenset())

    matched = by_scientific_name(["Strix aluco", "Strix varia", "Bubo bubo"], taxa)

    assert matched == {"Strix aluco": aluco.id, "Strix varia": STRIX.id}

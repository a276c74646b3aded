"""Checklists: areas and their species, and errors that name the area, the line and the remedy."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import toy_earth
from fieldmark.atlas.geography import Box, Geography
from fieldmark.atlas.sources.checklist import Checklist
from fieldmark.atlas.sources.evidence import Evidence
from fieldmark.atlas.sources.formats import Sample
from fieldmark.atlas_format import QUANTA
from fieldmark.errors import SourceBroken
from toy_earth import LION, OWL, TAXA, held

WEST = [[[0.0, 0.0], [20.0, 0.0], [20.0, 30.0], [0.0, 30.0], [0.0, 0.0]]]
EAST = [[[20.0, 0.0], [40.0, 0.0], [40.0, 30.0], [20.0, 30.0], [20.0, 0.0]]]

MAINLAND = Box(south=0.0)


@pytest.fixture(scope="module")
def earth() -> Geography:
    return toy_earth.geography()


def _feature(coordinates: Any, **properties: Any) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _file(tmp_path: Path, *features: dict[str, Any], table: str | None = None, **more: Any) -> Path:
    path = tmp_path / "parks.geojson"
    document = {"type": "FeatureCollection", "features": features, **more}
    path.write_text(json.dumps(document), encoding="utf-8")
    if table is not None:
        path.with_suffix(".csv").write_text(table, encoding="utf-8")
    return path


def _cells(evidence: Evidence, taxon_id: int) -> set[int]:
    return set(evidence.cell[evidence.taxon_id == taxon_id].tolist())


def test_an_area_holds_the_cells_of_which_it_has_half(tmp_path: Path, earth: Geography) -> None:
    path = _file(tmp_path, _feature(WEST, name="West", species=["Panthera leo"]))

    evidence = Checklist(path).evidence(earth, TAXA)

    assert _cells(evidence, LION.id) == held(earth, "West")
    assert set(evidence.months.tolist()) == {0xFFF}
    assert set(evidence.quanta.tolist()) == {QUANTA // 2}


def test_a_small_park_takes_the_cell_that_it_lies_in(tmp_path: Path, earth: Geography) -> None:
    park = [[[10.0, 15.0], [10.01, 15.0], [10.01, 15.01], [10.0, 15.0]]]
    path = _file(tmp_path, _feature(park, name="Park", species=["Panthera leo"]))

    assert _cells(Checklist(path).evidence(earth, TAXA), LION.id) == {toy_earth.cell(15.0, 10.0)}


def test_a_list_says_how_often_and_when(tmp_path: Path, earth: Geography) -> None:
    species = [
        {"taxon": "Panthera leo", "frequency": "rare", "months": "12-1"},
        {"taxon": OWL.id, "frequency": 0.25},
    ]

    evidence = Checklist(_file(tmp_path, _feature(WEST, species=species))).evidence(earth, TAXA)

    rows = set(zip(evidence.taxon_id, evidence.months, evidence.quanta, strict=True))
    assert rows == {
        (OWL.id, 0xFFF, QUANTA // 4),
        (LION.id, 1 << 11 | 1, round(0.15 * QUANTA)),
    }


def test_a_table_beside_the_areas_lists_their_species(tmp_path: Path, earth: Geography) -> None:
    table = "Area,Taxon,Months\nWest,Panthera leo,\nEast,Strigiformes,4-9\n"
    path = _file(tmp_path, _feature(WEST, name="West"), _feature(EAST, name="East"), table=table)

    evidence = Checklist(path).evidence(earth, TAXA)

    assert _cells(evidence, LION.id) == held(earth, "West")
    assert _cells(evidence, OWL.id) == held(earth, "East", clip=MAINLAND)


def test_areas_of_one_name_are_one_area(tmp_path: Path, earth: Geography) -> None:
    path = _file(
        tmp_path,
        _feature(WEST, name="Both"),
        _feature(EAST, name="Both"),
        table="area,taxon\nBoth,Panthera leo\n",
    )

    assert _cells(Checklist(path).evidence(earth, TAXA), LION.id) == held(
        earth, "Both", clip=MAINLAND
    )


def test_parts_of_an_area_count_together(tmp_path: Path, earth: Geography) -> None:
    feature = _feature([WEST, EAST], species=["Panthera leo"])
    feature["geometry"]["type"] = "MultiPolygon"

    evidence = Checklist(_file(tmp_path, feature)).evidence(earth, TAXA)

    assert _cells(evidence, LION.id) == held(earth, "Both", clip=MAINLAND)


def test_names_that_are_no_taxon_are_told_once(tmp_path: Path) -> None:
    species = ["Panthera leo", "Homo sapiens", "99"]
    path = _file(tmp_path, _feature(WEST, species=species), _feature(EAST, species=species))

    assert Checklist(path).unmatched(TAXA) == ["Homo sapiens", "99"]


def test_what_was_made_of_an_outline_is_told(tmp_path: Path) -> None:
    bow_tie = [[[0.0, 0.0], [20.0, 30.0], [20.0, 0.0], [0.0, 30.0], [0.0, 0.0]]]

    (note,) = Checklist(_file(tmp_path, _feature(bow_tie, name="Tie"))).provenance.notes

    assert "parks.geojson: feature 1 (Tie): Self-intersection[10 15]" in note


def test_the_name_says_which_version_of_file_and_table_it_was(tmp_path: Path) -> None:
    path = _file(tmp_path, _feature(WEST, name="West"), table="area,taxon\nWest,Panthera leo\n")
    before = Checklist(path).name
    path.with_suffix(".csv").write_text("area,taxon\nWest,Strigiformes\n", encoding="utf-8")

    assert before.startswith("parks.geojson sha256:")
    assert Checklist(path).name != before


def _fits(head: bytes) -> bool:
    return Checklist.fits(Sample("parks.geojson", head=head))


def test_a_checklist_is_known_by_its_content() -> None:
    assert _fits(b'\xef\xbb\xbf\n{"type": "FeatureCollection", "features": [')
    assert not _fits(b'{"resources": []}')
    assert not _fits(b"area,taxon\n")


@pytest.mark.parametrize(
    ("geometry", "says"),
    [
        (None, r"feature 1 \(feature 1\) has no geometry"),
        ({"type": "Point", "coordinates": [1, 2]}, "is a Point; an area is a Polygon"),
        ({"type": "MultiPolygon", "coordinates": []}, "is a MultiPolygon; an area is a Polygon"),
        ({"type": "Polygon", "coordinates": 5}, "is a Polygon; an area is a Polygon with corners"),
        ({"type": "MultiPolygon", "coordinates": [5]}, "it has no ring"),
        ({"type": "Polygon", "coordinates": [[[10, 95]] * 4]}, "other way round"),
    ],
)
def test_what_is_no_area_is_refused_by_name(geometry: Any, says: str, tmp_path: Path) -> None:
    path = _file(tmp_path, {"type": "Feature", "geometry": geometry, "properties": None})

    with pytest.raises(SourceBroken, match=says):
        Checklist(path).unmatched(TAXA)


@pytest.mark.parametrize(
    ("species", "says"),
    [
        ("Panthera leo", "species is 'Panthera leo'; write a list"),
        ([""], "species 1: no taxon"),
        ([{"frequency": "rare"}], "species 1: no taxon"),
        (["Panthera leo", {"taxon": "x", "frequency": "often"}], "species 2: frequency: 'often'"),
        ([{"taxon": "x", "frequency": 1.5}], "frequency: '1.5': write common"),
        ([{"taxon": "x", "frequency": "nan"}], "frequency: 'nan'"),
        ([{"taxon": "x", "months": "13"}], "months: '13': write months as"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(species: Any, says: str, tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match=says):
        Checklist(_file(tmp_path, _feature(WEST, species=species))).unmatched(TAXA)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("area,species\nWest,x\n", "parks.csv:1: the header must be area,taxon"),
        ("area,taxon\nWest,x,y\n", "parks.csv:2: 3 columns instead of 2"),
        ("area,taxon\nWset,x\n", "parks.csv:2: column area: .*did you mean 'West'"),
        ('area,taxon\nWest,"x\n', "cannot be read further"),
        ("", "parks.csv:1: the header"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(table: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match=says):
        Checklist(_file(tmp_path, _feature(WEST, name="West"), table=table)).unmatched(TAXA)


def test_areas_without_any_list_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match="no area has the property species"):
        Checklist(_file(tmp_path, _feature(WEST))).unmatched(TAXA)


def test_lists_without_any_known_taxon_are_refused(tmp_path: Path, earth: Geography) -> None:
    path = _file(tmp_path, _feature(WEST, species=["Homo sapiens"]))

    with pytest.raises(SourceBroken, match="no name of its lists is a taxon"):
        Checklist(path).evidence(earth, TAXA)


def test_another_projection_is_refused(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}

    with pytest.raises(SourceBroken, match="save the areas in WGS 84"):
        Checklist(_file(tmp_path, _feature(WEST), crs=crs)).unmatched(TAXA)


@pytest.mark.parametrize("text", ["{", "[]", '{"type": "FeatureCollection"}', "[" * 100_000])
def test_what_is_no_geojson_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "areas.geojson"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(SourceBroken, match="is no FeatureCollection of GeoJSON"):
        Checklist(path).unmatched(TAXA)


def test_a_list_of_one_area_says_nothing_of_another(tmp_path: Path, earth: Geography) -> None:
    path = _file(tmp_path, _feature(WEST, species=["Panthera leo"]), _feature(EAST, species=[]))

    evidence = Checklist(path).evidence(earth, TAXA)

    assert not np.isin(
        evidence.cell, list(held(earth, "East", clip=MAINLAND) - held(earth, "West"))
    ).any()

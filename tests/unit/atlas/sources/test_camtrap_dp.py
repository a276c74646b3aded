"""Camtrap DP: animals with the local day of their camera, and a visit for each day it stood."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any, Final

import pytest

from fieldmark.atlas.sources.camtrap_dp import CamtrapDp
from fieldmark.atlas.sources.formats import sampled
from fieldmark.errors import SourceBroken
from staged_sources import Read

PROFILE: Final = "https://raw.githubusercontent.com/tdwg/camtrap-dp/1.0.2/camtrap-dp-profile.json"
DEPLOYMENT: Final = {
    "deploymentID": "d1",
    "latitude": "51.2",
    "longitude": "5.6",
    "coordinateUncertainty": "187",
    "deploymentStart": "2020-05-30T20:00:00+02:00",
    "deploymentEnd": "2020-06-02T08:00:00+02:00",
    "timestampIssues": "false",
}
OBSERVATION: Final = {
    "observationID": "o1",
    "deploymentID": "d1",
    "eventStart": "2020-05-31T12:00:00Z",
    "observationLevel": "event",
    "observationType": "animal",
    "scientificName": "Vulpes vulpes",
    "count": "1",
}
PACKAGE: Final[dict[str, Any]] = {
    "profile": PROFILE,
    "name": "foxes",
    "title": "Foxes of the Campine",
    "id": "https://doi.org/10.5281/zenodo.123",
    "licenses": [
        {"name": "CC-BY-4.0", "scope": "media"},
        {"name": "CC0-1.0", "scope": "data"},
    ],
    "taxonomic": [{"scientificName": "Vulpes vulpes", "taxonRank": "species", "family": "Canidae"}],
    "resources": [
        {"name": "deployments", "path": "deployments.csv"},
        {"name": "media", "path": "media.csv"},
        {"name": "observations", "path": "observations.csv"},
        {"name": "individuals", "data": [{"id": 1}]},
    ],
}


def _table(typical: dict[str, str], rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(typical), lineterminator="\n")
    writer.writeheader()
    writer.writerows(typical | row for row in rows)
    return text.getvalue()


def _folder(
    tmp_path: Path,
    *observations: dict[str, str],
    deployments: list[dict[str, str]] | None = None,
    **package: Any,
) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "datapackage.json").write_text(json.dumps(PACKAGE | package), encoding="utf-8")
    (folder / "deployments.csv").write_text(
        _table(DEPLOYMENT, deployments or [{}]), encoding="utf-8"
    )
    (folder / "observations.csv").write_text(
        _table(OBSERVATION, list(observations) or [{}]), encoding="utf-8"
    )
    return folder


def _read(tmp_path: Path, *observations: dict[str, str], **more: Any) -> Read:
    return Read(CamtrapDp(_folder(tmp_path, *observations, **more)), tmp_path / "staged")


def test_an_animal_is_a_record_where_its_camera_stood(tmp_path: Path) -> None:
    assert _read(tmp_path).records == [
        {
            "name_key": "Vulpes vulpes",
            "latitude": 51.2,
            "longitude": 5.6,
            "uncertainty_m": 187.0,
            "country": None,
            "date": 20200531,
            "observer": "d1",
            "dataset": "https://doi.org/10.5281/zenodo.123",
            "basis": "MACHINE_OBSERVATION",
            "absent": False,
            "captive": False,
            "obscured": False,
            "licence": "CC0-1.0",
        }
    ]


def test_a_name_has_the_lineage_that_the_package_lists(tmp_path: Path) -> None:
    names = _read(tmp_path, {}, {"scientificName": "Ardea"}).names

    assert names["Vulpes vulpes"]["family"] == "Canidae"
    assert names["Vulpes vulpes"]["species"] == "Vulpes vulpes"
    assert names["Ardea"]["rank"] is None


def test_a_moment_in_utc_has_the_day_of_the_clock_of_its_camera(tmp_path: Path) -> None:
    read = _read(
        tmp_path,
        {"eventStart": "2020-05-31T22:30:00Z"},
        {"eventStart": "2020-05-31T22:30:00+00:00"},
        {"eventStart": "2020-05-31T23:30:00+02:00"},
    )

    assert [record["date"] for record in read.records] == [20200601, 20200601, 20200531]


def test_what_is_no_animal_has_no_name(tmp_path: Path) -> None:
    kinds = ("blank", "human", "vehicle", "unknown", "unclassified")

    read = _read(tmp_path, *({"observationType": kind} for kind in kinds))

    assert [record["name_key"] for record in read.records] == [None] * 5
    assert read.names == {}


def test_an_animal_told_by_event_and_photo_is_told_twice_in_the_same_words(tmp_path: Path) -> None:
    event, photo = _read(tmp_path, {}, {"observationLevel": "media"}).records

    assert event == photo


def test_each_day_of_a_deployment_is_a_visit_whatever_it_saw(tmp_path: Path) -> None:
    visits = _read(tmp_path, {"observationType": "blank"}).visits or []

    assert [visit["date"] for visit in visits] == [20200530, 20200531, 20200601, 20200602]
    assert {visit["observer"] for visit in visits} == {"d1"}


def test_a_deployment_in_utc_has_the_days_of_the_sun(tmp_path: Path) -> None:
    far = {
        "longitude": "178.0",
        "deploymentStart": "2020-05-30T13:00:00Z",
        "deploymentEnd": "2020-05-31T11:00:00Z",
    }

    visits = _read(tmp_path, deployments=[far]).visits or []

    assert [visit["date"] for visit in visits] == [20200531]


def test_a_wrong_clock_tells_where_but_not_when(tmp_path: Path) -> None:
    read = _read(tmp_path, deployments=[{"timestampIssues": "true"}])

    assert read.records[0]["date"] is None
    assert read.records[0]["latitude"] == 51.2
    assert read.visits == []
    assert "1 deployments have a wrong clock" in read.staged.provenance.notes[0]


@pytest.mark.parametrize("end", ["2020-05-29T00:00:00+02:00", "2099-01-01T00:00:00+01:00", ""])
def test_a_deployment_that_ends_before_it_begins_or_never_has_no_visits(
    end: str, tmp_path: Path
) -> None:
    assert _read(tmp_path, deployments=[{"deploymentEnd": end}]).visits == []


def test_coordinates_that_were_rounded_are_as_uncertain(tmp_path: Path) -> None:
    read = _read(tmp_path, deployments=[{"coordinateUncertainty": ""}], coordinatePrecision=0.1)

    assert read.records[0]["uncertainty_m"] == pytest.approx(11_132.0)


def test_an_observation_without_a_deployment_has_no_place(tmp_path: Path) -> None:
    assert _read(tmp_path, {"deploymentID": "d9"}).records[0]["latitude"] is None


def test_coordinates_that_are_none_are_not_a_number(tmp_path: Path) -> None:
    (record,) = _read(tmp_path, deployments=[{"latitude": "north"}]).records

    assert record["latitude"] != record["latitude"]


def test_the_licence_is_that_of_the_data_and_the_id_may_be_a_doi(tmp_path: Path) -> None:
    provenance = CamtrapDp(_folder(tmp_path)).stage(tmp_path).provenance

    assert provenance.licence == "CC0-1.0"
    assert provenance.doi == "10.5281/zenodo.123"
    assert provenance.title == "Foxes of the Campine"


def test_a_zip_is_read_as_its_folder(tmp_path: Path) -> None:
    folder = _folder(tmp_path, {}, {})
    packed = tmp_path / "package.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in folder.iterdir():
            archive.write(path, f"inner/{path.name}")

    assert CamtrapDp.fits(sampled(packed))
    assert len(Read(CamtrapDp(packed), tmp_path / "staged").records) == 2


def test_the_descriptor_stands_for_its_folder(tmp_path: Path) -> None:
    descriptor = _folder(tmp_path) / "datapackage.json"

    assert CamtrapDp.fits(sampled(descriptor))
    assert len(Read(CamtrapDp(descriptor), tmp_path / "staged").records) == 1


def test_another_package_is_none_of_camera_traps(tmp_path: Path) -> None:
    folder = _folder(tmp_path, profile="tabular-data-package")

    assert not CamtrapDp.fits(sampled(folder))
    assert not CamtrapDp.fits(sampled(folder / "observations.csv"))


@pytest.mark.parametrize(
    ("package", "says"),
    [
        ({"profile": PROFILE.replace("1.0.2", "0.6")}, "only Camtrap DP 1 is read"),
        ({"profile": None}, "profile is None"),
        ({"resources": []}, "resource 'deployments' is None"),
        (
            {"resources": [{"name": "deployments", "path": "https://a.example/d.csv"}]},
            "fetch it and put it beside",
        ),
        ({"resources": [{"name": "deployments", "path": "d.csv"}]}, "holds no d.csv"),
        ({"resources": "none"}, "is no descriptor of a data package"),
    ],
)
def test_a_package_that_cannot_be_read_says_why(
    package: dict[str, Any], says: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceBroken, match=says):
        CamtrapDp(_folder(tmp_path, **package)).stage(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[1]", "[" * 100_000])
def test_a_descriptor_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "datapackage.json").write_text(text, encoding="utf-8")

    with pytest.raises(SourceBroken, match="is no descriptor of a data package"):
        CamtrapDp(folder).stage(tmp_path)


def test_a_table_without_its_columns_is_refused(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "observations.csv").write_text("deploymentID,timestamp\nd1,x\n", encoding="utf-8")

    with pytest.raises(SourceBroken, match=r"observations.csv: lacks eventStart, observationLevel"):
        CamtrapDp(folder).stage(tmp_path)


def test_two_deployments_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match="deploymentID 'd1' stands there twice"):
        CamtrapDp(_folder(tmp_path, deployments=[{}, {}])).stage(tmp_path)

import json
from pathlib import Path

import pytest
from PIL import Image

from fake_classifier import FakeClassifier
from fakes import FakeAreas
from fieldmark import compose
from fieldmark.domain.area import Release
from fieldmark.entrypoints.cli.app import run
from fieldmark.errors import Unavailable
from fieldmark.identify import LocalIdentifier
from fieldmark.photo.limits import PhotoLimits
from fieldmark.ports import AreaStore, Classifier
from fieldmark.settings import Settings
from fieldmark.telemetry import Silence
from releases import RECORDS, RELEASE

TRUTH = "photo,latitude,longitude,taken_on,taxon\nlion.jpg,-24.99,31.55,2026-07-01,Panthera leo\n"


class Asleep(FakeAreas):
    """An area store that does not answer."""

    def release(self) -> Release:
        """See ports.AreaStore."""
        raise Unavailable("the database is asleep")


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> FakeClassifier:
    """Compose the command from a model that sees a jaguar, perhaps a lion, and a small atlas."""
    seen = FakeClassifier({"jaguar": 0.5, "lion": 0.4, "teapot": 0.1})
    wire(monkeypatch, seen, FakeAreas(RELEASE, dict(RECORDS)))
    return seen


def wire(monkeypatch: pytest.MonkeyPatch, seen: FakeClassifier, store: AreaStore) -> None:
    def classifier(settings: Settings) -> Classifier:
        del settings
        return seen

    def areas(settings: Settings) -> AreaStore:
        del settings
        return store

    def identifier(settings: Settings) -> LocalIdentifier:
        del settings
        return LocalIdentifier(seen, store, PhotoLimits(), Silence())

    monkeypatch.setattr(compose, "classifier", classifier)
    monkeypatch.setattr(compose, "area_store", areas)
    monkeypatch.setattr(compose, "local_identifier", identifier)


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    Image.new("RGB", (64, 48), (90, 120, 60)).save(tmp_path / "lion.jpg")
    path = tmp_path / "truth.csv"
    path.write_text(TRUTH, encoding="utf-8")
    return path


@pytest.mark.usefixtures("model")
def test_people_read_tables_with_every_fixed_photo(
    truth: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evaluate", str(truth)]) == 0

    out = capsys.readouterr().out
    assert "1 fixed, 0 broken of 1" in out
    assert "fixed, species" in out
    assert "lion.jpg" in out
    assert "\x1b[" not in out


@pytest.mark.usefixtures("model")
def test_a_photo_that_cannot_be_read_is_listed_and_the_rest_is_judged(
    truth: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with truth.open("a", encoding="utf-8") as file:
        file.write("missing.jpg,,,,Panthera leo\n")

    assert run(["evaluate", str(truth)]) == 1

    out = capsys.readouterr().out
    assert "2 photos, 1 judged" in out
    assert "missing.jpg" in out


@pytest.mark.usefixtures("model")
def test_a_report_for_machines_is_json(truth: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.json"

    assert run(["evaluate", str(truth), "--report", str(out)]) == 0

    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["atlas"] == "starter-2026.11"
    assert [change["photo"] for change in report["changes"]] == ["lion.jpg"]


@pytest.mark.usefixtures("model")
def test_a_report_for_people_is_a_page(truth: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"

    assert run(["evaluate", str(truth), "--report", str(out)]) == 0

    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.usefixtures("model")
def test_the_photos_may_lie_in_another_folder(truth: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    (tmp_path / "lion.jpg").rename(moved / "lion.jpg")

    assert run(["evaluate", str(truth)]) == 1
    assert run(["evaluate", str(truth), "--photos", str(moved)]) == 0


def test_a_report_of_another_kind_is_wrong_usage_before_anything_is_read(truth: Path) -> None:
    assert run(["evaluate", str(truth), "--report", "report.pdf"]) == 2


def test_a_truth_file_that_is_rubbish_is_wrong_usage_by_line(
    truth: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth.write_text(TRUTH + "b.jpg,95,0,,Panthera leo\n", encoding="utf-8")

    assert run(["evaluate", str(truth)]) == 2
    assert "line 3: latitude is 95" in capsys.readouterr().err


def test_an_atlas_that_does_not_answer_leaves_the_photo_alone(
    truth: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wire(monkeypatch, FakeClassifier({"lion": 0.9}), Asleep(RELEASE))

    assert run(["evaluate", str(truth)]) == 0
    assert "0 with an area (no atlas)" in capsys.readouterr().out


@pytest.mark.usefixtures("model")
def test_too_few_photos_cannot_tune(truth: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", str(truth), "--tune"]) == 2
    assert "at least 10 photos" in capsys.readouterr().err

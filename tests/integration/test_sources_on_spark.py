"""Spark reads out of a source what DuckDB reads, to the last value."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Answers = dict[str, dict[str, list[str]]]

SCRIPT = Path(__file__).resolve().parents[1] / "spark_answers.py"
WRITTEN = [
    "2014-02-01", "2014-02", "2014", "2014-02-01T10:00:00Z", "2014-02-01 10:00", "2014-2-3",
    "2014-02-01/2014-02-05", "2014-02-01T08:00Z/2014-02-05T11:00Z", "2014-02-01/2014-03-05",
    "2014-12-31/2015-01-01", "2014-02-01/05", "2014-02-01/03-05", "2014-02/03", "2014/02/03",
    "2014-02-01T10:00/12:00", "20140201", "2014-02-30", "2014-13-01", "2014-02-00", "2000-02-29",
    "1900-02-29", "2014-032", "2014-W05", "0000-01-01", "01.02.2014", "2014-02-01/", "//", "x", "",
    None, "1", "-1.5", "+.5", "5.", "1e3", "1e99", "1,5", "1,000", "nan", "Infinity", "--1", "12.0",
    "99999999999", "true", "No", "ä\n2014", "2014-02-01\n", "$1", "\\d",
]  # fmt: skip

TAXA = """taxon_id\tancestry\trank_level\trank\tname\tactive
1\t\t70\tkingdom\tAnimalia\ttrue
41942\t1\t20\tgenus\tPanthera\ttrue
41944\t1/41942\t10\tspecies\tPanthera onca\ttrue
"""
OBSERVATIONS = """\
observer_id,latitude,longitude,positional_accuracy,taxon_id,quality_grade,observed_on
505,38.82,-77.08,12,41944,research,2011-05-30
347,38.8247,x,28181,999,casual,
""".replace(",", "\t")
PLAIN = """taxon;latitude;longitude;date;count;captive
Panthera leo;-24,99;31.55;2026-07-01;0;no
Panthera leo;;;2026-07-01/03;2;yes
"""
EXPORT = """\
captive,obscured,location,observed_on,taxon.id,taxon.name,taxon.iconic_taxon_name,user.id,\
license_code
False,True,"(41.6, -93.7)",2022-05-17 17:06:31-06:00,41944.0,Panthera onca,Mammalia,7.0,CC0
True,,,2022-05,41942,Panthera,Mammalia,,
"""
GBIF = """gbifID,datasetKey,species,taxonRank,scientificName,decimalLatitude,decimalLongitude,\
coordinateUncertaintyInMeters,eventDate,day,month,year,taxonKey,basisOfRecord,recordedBy
1,50c9509d-22c7-4a22-a47d-8c48425ef4a7,Panthera onca,SPECIES,Panthera onca (L.),8.5,-83.5,\
31273,2014-02-01,1,2,2014,7,HUMAN_OBSERVATION,A
2,d,,GENUS,Panthera Oken,8.5,-83.5,,2014-02-01/2014-02-03,,2,2014,8,LIVING_SPECIMEN,
3,d,,GENUS,Panthera Oken,8.5,-83.5,,2014-02-01/2014-02-03,,,,8,,
""".replace(",", "\t")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Return what each engine made of each case."""
    if shutil.which("java") is None:
        reason = "Spark needs Java: apt-get install openjdk-17-jre-headless"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    pytest.importorskip("pyspark", reason="PySpark is not installed")
    folder = tmp_path_factory.mktemp("spark")
    (folder / "into").mkdir()
    pq.write_table(pa.table({"written": WRITTEN}), folder / "texts.parquet")
    files = [str(folder / "texts.parquet"), str(folder / "into"), *map(str, _sources(folder))]
    path = os.pathsep.join((str(SCRIPT.parent), *sys.path))
    ended = subprocess.run(
        [sys.executable, str(SCRIPT), *files],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path, "SPARK_LOCAL_IP": "127.0.0.1"},
    )
    assert ended.returncode == 0, ended.stderr
    read: Answers = json.loads(ended.stdout)
    return read


def _sources(folder: Path) -> list[Path]:
    tables = folder / "tables"
    tables.mkdir()
    (tables / "observations.csv").write_text(OBSERVATIONS)
    (tables / "taxa.csv").write_text(TAXA)
    for name, content in (("gbif", GBIF), ("plain", PLAIN), ("export", EXPORT)):
        (folder / name).write_text(content)
    return [folder / name for name in ("gbif", "plain", "export", "tables")]


def test_the_text_of_a_column_means_the_same(answers: Answers) -> None:
    assert answers["texts"]["spark"] == answers["texts"]["duckdb"]
    assert len(answers["texts"]["spark"]) == len(WRITTEN)


@pytest.mark.parametrize("part", ["records", "names"])
@pytest.mark.parametrize("source", ["gbif", "plain", "export", "tables"])
def test_a_source_gives_the_same(answers: Answers, source: str, part: str) -> None:
    answer = answers[f"{source} {part}"]

    assert answer["spark"] == answer["duckdb"]
    assert answer["spark"]

"""Live overrides as whole commands use them."""

import json
import subprocess
from pathlib import Path

import pytest

import command
from fieldmark.atlas_format.overrides import HEADER

TOP = ",".join(HEADER) + "\n"
ROW = '"-24.99,31.55,1000",41964,Panthera leo,exclude,,,none left,A. Keeper,\n'


def fieldmark(*arguments: str, overrides: Path) -> subprocess.CompletedProcess[str]:
    settings = {"FIELDMARK_OVERRIDES": str(overrides), "FIELDMARK_JOURNAL": "off"}
    return command.fieldmark(*arguments, settings=settings)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "overrides.csv"
    path.write_text(TOP + ROW)
    return path


def test_what_is_excluded_is_not_listed(file: Path) -> None:
    run = fieldmark("area", "-24.99,31.55", "--month", "7", "--json", overrides=file)

    names = [animal["taxon"]["scientific_name"] for animal in json.loads(run.stdout)["animals"]]
    assert "Panthera pardus" in names
    assert "Panthera leo" not in names


def test_the_doctor_lists_them(file: Path) -> None:
    run = fieldmark("doctor", overrides=file)

    assert run.returncode == 0
    assert "exclude Panthera leo (41964) in -24.99,31.55,1000" in run.stdout
    assert "none left [A. Keeper]" in run.stdout


def test_the_doctor_says_which_line_is_broken(file: Path) -> None:
    file.write_text(TOP + ROW.replace("41964", "lion"))

    run = fieldmark("doctor", overrides=file)

    assert run.returncode == 3
    assert "BROKEN  overrides" in run.stdout
    assert f"{file}:2: column taxon_id: 'lion': give the iNaturalist id" in run.stdout

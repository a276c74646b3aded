import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animals import LION
from fakes import FakeAreas
from fieldmark.entrypoints.area_table import as_text, write_area
from fieldmark.lookup import animals_of
from releases import KRUGER, RECORDS, RELEASE, TAXA


def table_of(store: FakeAreas, month: int | None = None) -> list[dict[str, str]]:
    out = io.StringIO()
    write_area(animals_of(store, KRUGER, month), out)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def test_a_line_per_animal_the_most_regular_first() -> None:
    rows = table_of(FakeAreas(RELEASE, RECORDS, TAXA), month=2)

    assert [row["common_name"] for row in rows] == ["lion", "jaguar"]
    jaguar = rows[1]
    assert (jaguar["occurrence"], jaguar["month_3"], jaguar["month_4"]) == ("0.25", "1.0", "0.0")


def test_a_name_is_never_a_formula() -> None:
    hostile = replace(
        LION, common_name='=HYPERLINK("https://x.example")', scientific_name="@SUM(1)"
    )

    row = table_of(FakeAreas(RELEASE, RECORDS, {**TAXA, LION.id: hostile}))[0]

    assert row["common_name"] == '\'=HYPERLINK("https://x.example")'
    assert row["scientific_name"] == "'@SUM(1)"


@pytest.mark.parametrize("name", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1"])
def test_whatever_a_spreadsheet_would_run_gets_an_apostrophe(name: str) -> None:
    assert as_text(name) == f"'{name}"


@given(st.text())
def test_what_remains_begins_like_no_formula(name: str) -> None:
    assert not as_text(name).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert as_text(name).removeprefix("'") == name.removeprefix("'")

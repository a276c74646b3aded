from collections.abc import Mapping

import h3.api.basic_int as h3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animals import AXOLOTL, BIG_CATS, DOG, JAGUAR, LION
from fieldmark.domain.taxon import Rank, Taxon
from fieldmark.entrypoints.web.pages.animal_view import (
    CELLS_LISTED,
    AnimalView,
    Range,
    animal_view,
    found_of,
    months_of,
)
from releases import KRUGER, RELEASE

GENUS = Taxon(BIG_CATS.id, "Panthera", "big cats", Rank.GENUS)
YEAR = 0b1111_1111_1111


def view_of(
    cells: Mapping[int, int] | None, taxon: Taxon = LION, *, domestic: bool = False
) -> AnimalView:
    return animal_view(taxon, cells, RELEASE, {GENUS.id: GENUS}.get, domestic=domestic)


def range_of(cells: Mapping[int, int]) -> Range:
    found = view_of(cells).range
    assert found is not None
    return found


def cell(latitude: float, longitude: float) -> int:
    return h3.latlng_to_cell(latitude, longitude, 3)


@pytest.mark.parametrize(
    ("months", "words"),
    [([], ""), (list(range(1, 13)), "all year"), ([3], "Mar"), ([3, 4, 5], "Mar to May"),
     ([11, 12, 1, 2], "Nov to Feb"), ([1, 3], "Jan, Mar"), ([1, 12], "Dec to Jan"),
     ([12, 1, 5, 6], "Dec to Jan, May to Jun")],
)  # fmt: skip
def test_months_are_said_in_runs_round_the_year(months: list[int], words: str) -> None:
    assert months_of(sum(1 << month - 1 for month in months)) == words


@given(st.integers(1, YEAR))
def test_any_months_have_words(bits: int) -> None:
    assert months_of(bits)


def test_the_range_is_said_in_words() -> None:
    found = range_of({KRUGER: YEAR, cell(10.0, -13.0): YEAR})

    assert found.summary == (
        "In 2 cells of about 12\u202f000\u202fkm² each, from 24° S to 10° N and from 13° W "
        "eastwards to 32° E."
    )
    assert found.when == "There all year."


def test_a_range_over_the_date_line_does_not_go_round_the_earth() -> None:
    found = range_of({cell(-17.0, 178.0): YEAR, cell(-17.0, -176.0): YEAR})

    assert "from 178° E eastwards to 176° W" in found.summary


def test_what_lives_everywhere_is_all_round_the_earth() -> None:
    found = range_of({cell(0.0, float(longitude)): YEAR for longitude in range(-180, 180, 30)})

    assert found.summary.endswith("all round the Earth.")


def test_the_chart_counts_cells_by_month() -> None:
    found = range_of({KRUGER: 0b111, cell(10.0, 10.0): 0b1})

    assert [bar.value for bar in found.chart.bars[:4]] == [
        "2 (100\u202f%)", "1 (50\u202f%)", "1 (50\u202f%)", "0 (0\u202f%)",
    ]  # fmt: skip
    assert found.when == "To be expected Jan to Mar."


def test_an_animal_that_moves_is_somewhere_all_year() -> None:
    found = range_of({KRUGER: 0b0000_0011_1111, cell(10.0, 10.0): 0b1111_1100_0000})

    assert found.when == "Somewhere all year, but not everywhere in every month."


def test_only_some_cells_of_many_are_listed_from_north_to_south() -> None:
    cells = {cell(latitude / 10.0, 20.0): YEAR for latitude in range(-300, 300, 2)}

    found = range_of(cells)

    assert len(found.listed) == CELLS_LISTED
    assert found.count == f"{len(cells):,}"
    assert found.listed[0].spot.split("°")[1].startswith(" N")
    assert found.listed[-1].spot.split("°")[1].startswith(" S")


def test_ancestors_with_a_page_are_links() -> None:
    assert [one.href for one in view_of(None).lineage] == [None, None, None, "/animals/41963"]


def test_what_the_atlas_has_never_heard_of_is_said_to_be_unknown() -> None:
    view = view_of(None, AXOLOTL)

    assert view.range is None
    assert view.silent is not None
    assert view.silent.startswith("The atlas has never heard of it.")


def test_what_lives_with_people_is_not_mapped() -> None:
    silent = view_of(None, DOG, domestic=True).silent

    assert silent == "It lives with people, wherever they are, so the atlas does not map it."


def test_what_is_extinct_is_in_no_cell() -> None:
    silent = view_of({}).silent

    assert silent is not None
    assert silent.startswith("The atlas knows it and has it in no cell")


def test_a_find_names_its_group() -> None:
    assert (found_of(JAGUAR).name, found_of(JAGUAR).group) == ("jaguar", "mammals")
    assert found_of(AXOLOTL).group is None

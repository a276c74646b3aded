"""What every Gazetteer promises, on the fake and on each adapter."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fake_places import FakePlaces
from fieldmark.adapters.sqlite_places import SqlitePlaces
from fieldmark.ports import Gazetteer, Place
from gazetteers import entries, script


def _fake(_: Path) -> Gazetteer:
    known = entries()
    return FakePlaces(
        [
            Place(e.name, e.kind, e.within, e.where[0], e.where[1], 1000.0 * e.radius_km)
            for e in known
        ],
        {e.name: (*e.names, *e.also) for e in known},
    )


def _sqlite(folder: Path) -> Gazetteer:
    script("build").write(folder / "places.sqlite", entries())
    return SqlitePlaces(folder / "places.sqlite")


@pytest.fixture(params=[_fake, _sqlite])
def gazetteer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Gazetteer]:
    gazetteer: Gazetteer = request.param(tmp_path)
    yield gazetteer
    gazetteer.close()


def _names(gazetteer: Gazetteer, text: str, limit: int = 10) -> list[str]:
    return [place.name for place in gazetteer.find(text, limit)]


def test_a_place_says_what_it_is_where_it_lies_and_how_far_it_reaches(gazetteer: Gazetteer) -> None:
    (place,) = gazetteer.find("corcovado", 10)

    assert place == Place(
        "Corcovado National Park", "protected area", "Costa Rica", 8.54, -83.59, 18_000.0
    )


def test_the_beginning_of_a_name_is_enough(gazetteer: Gazetteer) -> None:
    assert _names(gazetteer, "sao p") == ["São Paulo"]


def test_the_beginning_of_a_further_word_is_enough(gazetteer: Gazetteer) -> None:
    assert _names(gazetteer, "paul") == ["São Paulo"]


def test_the_middle_of_a_word_is_not(gazetteer: Gazetteer) -> None:
    assert _names(gazetteer, "aulo") == []


@pytest.mark.parametrize(
    "text", ["são paulo", "SAO PAULO", "Sao  Paulo ", "São-Paulo", "Sa\u0303o"]
)
def test_case_accents_and_punctuation_do_not_count(gazetteer: Gazetteer, text: str) -> None:
    assert _names(gazetteer, text) == ["São Paulo"]


@pytest.mark.parametrize("text", ["xian", "Xi'an", "Xi\u2019an", "西安"])
def test_an_apostrophe_divides_no_word(gazetteer: Gazetteer, text: str) -> None:
    assert _names(gazetteer, text) == ["Xi'an"]


@pytest.mark.parametrize("text", ["München", "munchen", "Monaco di"])
def test_a_name_in_another_language_finds_the_place_once(gazetteer: Gazetteer, text: str) -> None:
    assert _names(gazetteer, text) == ["Munich"]


def test_the_exact_name_comes_first_then_the_better_known(gazetteer: Gazetteer) -> None:
    assert _names(gazetteer, "rica") == ["Rica", "Costa Rica", "Ricaurte"]


def test_what_follows_a_comma_says_where_the_place_lies(gazetteer: Gazetteer) -> None:
    (place,) = gazetteer.find("Springfield, Illinois", 10)

    assert place.within == "Illinois, United States"


@pytest.mark.parametrize("comma", ["Springfield,", "Springfield, united states"])
def test_places_of_the_same_name_come_in_order(gazetteer: Gazetteer, comma: str) -> None:
    found = gazetteer.find(comma, 10)

    assert [place.within.partition(",")[0] for place in found] == ["Missouri", "Illinois"]


@pytest.mark.parametrize(("limit", "found"), [(0, 0), (1, 1), (2, 2), (-1, 0)])
def test_no_more_places_come_than_were_asked_for(
    gazetteer: Gazetteer, limit: int, found: int
) -> None:
    assert len(gazetteer.find("rica", limit)) == found


@pytest.mark.parametrize("text", ["", "r", " r ", "-", ",", ", Brazil", "'a", "\u0303\u0303"])
def test_fewer_than_two_letters_find_nothing(gazetteer: Gazetteer, text: str) -> None:
    assert _names(gazetteer, text) == []


@pytest.mark.parametrize(
    "text", ["zzyzx", "rica%", "ri_a", "r*", "x" * 101, "\x00\x00\x00", "\ud800"]
)
def test_what_nothing_is_called_finds_nothing(gazetteer: Gazetteer, text: str) -> None:
    assert [name for name in _names(gazetteer, text) if "Rica" not in name] == []


def test_more_than_a_hundred_letters_find_nothing(gazetteer: Gazetteer) -> None:
    assert _names(gazetteer, "Rica" + " " * 97) == []


def test_threads_may_ask_at_once(gazetteer: Gazetteer) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: _names(gazetteer, "munchen"), range(40)))

    assert found == [["Munich"]] * 40


def test_closing_twice_does_no_harm(gazetteer: Gazetteer) -> None:
    gazetteer.find("rica", 1)

    gazetteer.close()
    gazetteer.close()

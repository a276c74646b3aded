from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_places import FakePlaces
from fieldmark.domain.position import Position, parse_cell
from fieldmark.entrypoints.web.asking import FIELDS, question_of
from fieldmark.errors import DateInvalid, FieldmarkError, PositionInvalid, RequestError
from fieldmark.ports import Place, Question

KRUGER = Place("Kruger National Park", "protected area", "South Africa", -24.0, 31.5, 120_000.0)
CELL = "83bcd2fffffffff"


def asked(**fields: str) -> Question:
    return question_of(fields, FakePlaces([KRUGER]))


def test_nothing_said_asks_for_five_wild_animals_with_the_area() -> None:
    assert asked() == Question()


def test_everything_said_is_asked() -> None:
    question = asked(
        latitude="-24.99", longitude="31.55", radius_m="15", taken_on="2026-07-01", top="3",
        use_area="required", setting="captive", lang="pt-BR",
    )  # fmt: skip

    assert question == Question(
        at=Position(-24.99, 31.55, 15.0), on=date(2026, 7, 1), top=3, use_area="required",
        captive=True,
    )  # fmt: skip


def test_an_empty_field_counts_as_not_sent() -> None:
    assert asked(latitude="", longitude=" ", taken_on="", top="", place="") == Question()


def test_a_place_that_is_named_is_looked_up() -> None:
    assert asked(place="kruger").at == Position(-24.0, 31.5, 120_000.0)


@pytest.mark.parametrize("typed", ["-24.99, 31.55", "-24.99 31.55", "-24.99;31.55"])
def test_coordinates_may_be_typed_as_a_place(typed: str) -> None:
    assert asked(place=typed).at == Position(-24.99, 31.55)


def test_coordinates_beat_a_name() -> None:
    assert asked(place="kruger", latitude="1", longitude="2").at == Position(1, 2)


def test_a_cell_and_a_month_are_asked_without_a_position() -> None:
    question = asked(cell=CELL, month="7")

    assert (question.at, question.cell, question.month) == (None, parse_cell(CELL), 7)


@pytest.mark.parametrize(
    ("fields", "kind", "says"),
    [
        ({"latitude": "1"}, PositionInvalid, "no longitude"),
        ({"longitude": "1"}, PositionInvalid, "no latitude"),
        ({"latitude": "91", "longitude": "0"}, PositionInvalid, "between -90 and 90"),
        ({"latitude": "nan", "longitude": "0"}, PositionInvalid, "'nan'"),
        ({"latitude": "1e999", "longitude": "0"}, PositionInvalid, "'1e999'"),
        ({"latitude": "\u0661", "longitude": "0"}, PositionInvalid, "number"),
        ({"latitude": "1", "longitude": "1", "radius_m": "-1"}, PositionInvalid, "radius_m"),
        ({"latitude": "1", "longitude": "1", "radius_m": "2e6"}, PositionInvalid, "radius_m"),
        ({"radius_m": "5"}, PositionInvalid, "send the position too"),
        ({"place": "atlantis"}, PositionInvalid, "'atlantis'"),
        ({"cell": "83bcd2"}, PositionInvalid, "no H3 cell"),
        ({"month": "13"}, DateInvalid, "'13'"),
        ({"month": "0"}, DateInvalid, "'0'"),
        ({"taken_on": "2026-02-30"}, DateInvalid, "day that exists"),
        ({"taken_on": "20260201"}, DateInvalid, "2026-07-31"),
        ({"top": "0"}, RequestError, "1 to 100"),
        ({"top": "101"}, RequestError, "1 to 100"),
        ({"top": "x"}, RequestError, "whole number"),
        ({"use_area": "maybe"}, RequestError, "auto, off, required"),
        ({"setting": "zoo"}, RequestError, "wild, captive"),
        ({"lang": "<script>"}, RequestError, "language code"),
    ],
)
def test_a_field_without_meaning_is_refused_by_name(
    fields: dict[str, str], kind: type[FieldmarkError], says: str
) -> None:
    with pytest.raises(kind, match=says) as caught:
        asked(**fields)

    assert type(caught.value) is kind


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=60)))
def test_any_text_is_a_question_or_a_clear_error(fields: dict[str, str]) -> None:
    with suppress(RequestError):
        question_of(fields, FakePlaces([KRUGER]))

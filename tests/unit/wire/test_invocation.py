"""What the ML function is asked and returns survives the way there and back."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animals import AXOLOTL, CATS, COUGAR, DOG, JAGUAR, LION
from fake_identifier import lion_answer
from fieldmark.domain.answer import Answer, AreaUse, Best, Evidence, Look, ModelInfo, RankedAnimal
from fieldmark.domain.note import Note
from fieldmark.domain.position import Position
from fieldmark.domain.taxon import Label, Taxon
from fieldmark.errors import PositionInvalid, RequestError
from fieldmark.ports import Question, StoredPhoto
from fieldmark.wire import (
    InvocationOut,
    answer_of,
    answer_out,
    ask_of,
    invocation_of,
    outcome_of,
    read_invocation,
)

SHARES = st.floats(0, 1)
TEXT = st.text(max_size=20)
FELIDAE = Taxon(CATS.id, CATS.scientific_name, CATS.common_name, CATS.rank, LION.lineage[:2])
TAXA = st.sampled_from([LION, JAGUAR, COUGAR, DOG, AXOLOTL, FELIDAE])
PLACES = st.builds(
    Position,
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.floats(0, 1e6),
    st.sampled_from(["given", "exif", "xmp"]),
)
QUESTIONS = st.builds(
    Question,
    at=st.none() | PLACES,
    on=st.none() | st.dates(),
    cell=st.none() | st.just(0x83BCD2FFFFFFFFF),
    month=st.none() | st.integers(1, 12),
    top=st.integers(1, 100),
    use_area=st.sampled_from(["auto", "off", "required"]),
    captive=st.booleans(),
    metadata=st.none() | st.binary(max_size=50),
    name=st.none() | TEXT,
    traceparent=st.none() | st.just(f"00-{'1' * 32}-{'2' * 16}-01"),
)
EVIDENCE = st.builds(
    Evidence,
    st.none() | SHARES,
    st.none() | SHARES,
    st.none() | st.tuples(*[SHARES] * 12),
    st.none() | st.integers(0, 10**6),
    TEXT,
    st.sampled_from(["cell", "circle", "parent"]),
)


@st.composite
def animals(draw: st.DrawFn) -> RankedAnimal:
    taxon = draw(TAXA)
    return RankedAnimal(
        taxon,
        Label(draw(st.integers(0, 999)), draw(TEXT), taxon),
        draw(SHARES),
        draw(SHARES),
        draw(st.integers(1, 99)),
        draw(st.sampled_from(["expected", "unusual", "unknown", "domestic", None])),
        draw(st.none() | EVIDENCE),
    )


ANSWERS = st.builds(
    Answer,
    id=TEXT,
    photo=st.none() | TEXT,
    best=st.none() | st.builds(Best, TAXA, SHARES, st.booleans(), st.booleans()),
    animals=st.lists(animals(), max_size=3).map(tuple),
    by_looks=st.lists(st.builds(Look, TAXA, SHARES), max_size=3).map(tuple),
    not_an_animal=SHARES,
    position=st.none() | PLACES,
    area=st.builds(AreaUse, st.sampled_from(["used", "empty", "off"]), age_s=st.floats(0, 1e5)),
    model=st.builds(ModelInfo, TEXT, TEXT),
    notes=st.lists(st.builds(Note, TEXT, TEXT), max_size=2).map(tuple),
    timing_ms=st.dictionaries(TEXT, st.floats(0, 1e5), max_size=3),
)


@given(st.binary() | st.builds(StoredPhoto, TEXT), QUESTIONS)
def test_a_question_arrives_as_it_was_asked(photo: bytes | StoredPhoto, asked: Question) -> None:
    sent = json.loads(msgspec.json.encode(invocation_of(photo, asked, 1000)))

    assert ask_of(read_invocation(sent)) == (photo, asked)


@given(ANSWERS)
def test_an_answer_comes_back_as_the_same_json(answer: Answer) -> None:
    returned = msgspec.json.decode(
        json.dumps(msgspec.to_builtins(outcome_of(answer))), type=InvocationOut
    )

    assert returned.answer is not None
    back = answer_of(returned.answer, returned.ancestors)

    assert answer_out(back) == answer_out(answer)
    assert back.best is None or answer.best is None or back.best.taxon == answer.best.taxon
    assert [look.taxon for look in back.by_looks] == [look.taxon for look in answer.by_looks]


def test_all_but_a_labels_setting_comes_back() -> None:
    answer = replace(lion_answer(), not_an_animal=0.0123)
    (lion,) = answer.animals
    lion = replace(lion, label=replace(lion.label, setting=None), score=0.9712, image_score=0.8146)

    outcome = outcome_of(answer)
    assert outcome.answer is not None
    back = answer_of(outcome.answer, outcome.ancestors)

    assert back.animals == (lion,)
    assert back.position == answer.position
    assert back.area == answer.area


def test_a_group_is_described_once() -> None:
    assert [group.scientific_name for group in outcome_of(lion_answer()).ancestors] == [
        "Mammalia", "Carnivora", "Felidae", "Panthera",
    ]  # fmt: skip


def test_a_lineage_without_its_groups_is_no_answer() -> None:
    with pytest.raises(ValueError, match="Panthera leo lies below Mammalia"):
        answer_of(answer_out(lion_answer()), [])


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        "photo",
        {},
        {"version": 2, "photo": ""},
        {"version": 1, "photo": "not base64!"},
        {"version": 1, "photo": "", "top": 0},
        {"version": 1, "photo": "", "top": 101},
        {"version": 1, "photo": "", "month": 13},
        {"version": 1, "photo": "", "taken_on": "2026-02-30"},
        {"version": 1, "photo": "", "at": {"latitude": 1}},
        {"version": 1, "photo": "", "use_area": "maybe"},
        {"version": 1, "photo_key": "x" * 1025},
    ],
)
def test_what_is_no_invocation_is_refused(event: Any) -> None:
    with pytest.raises(RequestError, match="no invocation of version 1"):
        read_invocation(event)


@pytest.mark.parametrize("event", [{"version": 1}, {"version": 1, "photo": "", "photo_key": "a"}])
def test_an_invocation_holds_one_photo(event: Any) -> None:
    with pytest.raises(RequestError, match="either photo or photo_key"):
        ask_of(read_invocation(event))


@pytest.mark.parametrize(
    "where", [{"at": {"latitude": 91.0, "longitude": 0.0}}, {"cell": "83bcd2ffffffff!"}]
)
def test_a_place_that_is_none_is_refused(where: dict[str, Any]) -> None:
    with pytest.raises(PositionInvalid):
        ask_of(read_invocation({"version": 1, "photo": "", **where}))


def test_fields_of_a_newer_caller_are_passed_over() -> None:
    invocation = read_invocation({"version": 1, "photo": "", "taken_on": "2026-07-01", "new": 1})

    assert ask_of(invocation) == (b"", Question(on=date(2026, 7, 1)))

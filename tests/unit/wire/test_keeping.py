"""The journal's document of an answer holds neither where the photo was taken nor its name."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animals import LION
from fake_identifier import lion_answer
from fieldmark.domain.note import Note
from fieldmark.domain.position import Position
from fieldmark.errors import JournalBroken
from fieldmark.ports import Feedback
from fieldmark.wire import answer_of_document, answer_out, encode, feedback_out, journal_document

positions = st.builds(
    Position,
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.floats(0, 1_000_000),
    st.sampled_from(["exif", "xmp", "given"]),
)
names = st.text(min_size=1, max_size=60)


@given(positions, names)
def test_where_the_photo_was_taken_and_its_name_change_nothing_but_the_source(
    position: Position, name: str
) -> None:
    nowhere = Position(0.0, 0.0, 0.0, position.source)
    told = Note("position-out-of-range", f"its latitude is {position.latitude} in {name}")
    timed = Note("photo-time-invalid", f"{name!r} is no date")
    answer = lion_answer(name, position)
    answer = replace(answer, notes=(*answer.notes, told, timed))

    assert journal_document(answer_out(answer)) == journal_document(
        answer_out(lion_answer(None, nowhere))
    )


@given(
    st.floats(-90, 90).filter(lambda value: len(repr(round(value, 6))) > 7),
    st.floats(-180, 180).filter(lambda value: len(repr(round(value, 6))) > 7),
    st.text("abcdefghijklmnopqrstuvwxyz", min_size=12),
)
def test_neither_position_nor_name_appears(latitude: float, longitude: float, name: str) -> None:
    answer = lion_answer(name, Position(latitude, longitude, 15, "exif"))

    document = journal_document(answer_out(answer)).decode()

    for secret in (latitude, longitude):
        assert repr(round(secret, 6)) not in document
    assert name not in document


def test_all_the_rest_comes_back() -> None:
    kept = Note("area-from-starter-atlas", "The area comes from the starter atlas.")
    sent = answer_out(replace(lion_answer(), notes=(kept,)))

    found = answer_of_document(journal_document(sent))

    expected = json.loads(encode(sent))
    expected["photo"] = None
    expected["position"] |= {"latitude": None, "longitude": None, "radius_m": None}
    assert json.loads(encode(found)) == expected
    assert found.position.source == "exif"


def test_an_answer_without_a_position_has_none() -> None:
    found = answer_of_document(journal_document(answer_out(lion_answer(position=None))))

    assert found.position.source == "none"


@pytest.mark.parametrize("document", [b"", b"{}", b"[]", b"\xff", b'{"id": 1}', b'{"id": "\xff"}'])
def test_what_is_no_document_is_broken(document: bytes) -> None:
    with pytest.raises(JournalBroken, match="cannot be read"):
        answer_of_document(document)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_broken(document: bytes) -> None:
    with pytest.raises(JournalBroken):
        answer_of_document(document)


def test_feedback_leaves_with_the_names_that_are_known() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    feedback = Feedback(
        "f", "a", noon, "wrong", LION.id, 41970, "83bcd2fffffffff", 7, "fake 1", "confirmed"
    )

    assert json.loads(encode(feedback_out(feedback, {LION.id: LION}))) == {
        "id": "f",
        "answer_id": "a",
        "said_at": "2026-07-01T12:00:00Z",
        "verdict": "wrong",
        "taxon_id": 41964,
        "scientific_name": "Panthera leo",
        "common_name": "lion",
        "taxon_was": 41970,
        "scientific_name_was": None,
        "common_name_was": None,
        "cell": "83bcd2fffffffff",
        "month": 7,
        "model": "fake 1",
        "judgement": "confirmed",
    }

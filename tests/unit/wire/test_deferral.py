"""Answers in the log: whole, and nothing but what a journal takes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fake_identifier import lion_answer
from fieldmark.errors import JournalBroken
from fieldmark.ports import Entry
from fieldmark.wire import answer_out, deferred_entry, deferred_fields, encode, journal_document

NOW = datetime(2026, 7, 1, 12, 0, 0, 123_457, UTC)
ENTRY = Entry(lion_answer().id, NOW, journal_document(answer_out(lion_answer())), "0f" * 32)
FIELDS = dict(deferred_fields(ENTRY))


def test_an_answer_comes_out_of_its_event_as_it_went_in() -> None:
    assert deferred_entry({"at": "…", "event": "journal_deferred", **FIELDS}) == ENTRY


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {**FIELDS, "id": ""},
        {**FIELDS, "id": 7},
        {**FIELDS, "id": "other"},
        {**FIELDS, "answered_at": "2026-07-01T12:00:00"},
        {**FIELDS, "answered_at": "yesterday"},
        {**FIELDS, "token_sha256": "secret"},
        {**FIELDS, "token_sha256": "0F" * 32},
        {**FIELDS, "document": "{}"},
        {**FIELDS, "document": "\ud800"},
        {**FIELDS, "document": encode(answer_out(lion_answer()))},
        {**FIELDS, "document": encode(answer_out(replace(lion_answer(), position=None)))},
    ],
)
def test_what_no_service_of_this_version_wrote_is_refused(fields: Mapping[str, object]) -> None:
    with pytest.raises(JournalBroken):
        deferred_entry(fields)

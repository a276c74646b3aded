"""What was answered, and what people said of it, as objects in S3 that are added and never changed.

Below the prefix::

    answers/ID                      an answer whose id tells when it was given (UUID version 7)
    others/ID                       any other
    feedback/ID                     what a person said
    feedback-of/ANSWER/ID           the names of what was said of one answer
    judgements/ID/WHEN-…-JUDGEMENT  judgements of what a person said; the last one counts

Keys sort by time, so what is old is listed first and nothing else need be.
"""

import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, get_args

from fieldmark.adapters.journal_objects import (
    entry_of,
    feedback_of,
    name_of,
    object_of,
    object_of_feedback,
    time_of,
)
from fieldmark.adapters.s3_bucket import S3Bucket, TooLarge
from fieldmark.errors import JournalBroken
from fieldmark.ports import Entry, Feedback, Judgement

__all__ = ["S3Journal"]

_ANSWERS: Final = "answers/"
_OTHERS: Final = "others/"
_FEEDBACK: Final = "feedback/"
_FEEDBACK_OF: Final = "feedback-of/"
_JUDGEMENTS: Final = "judgements/"
_KNOWN: Final[dict[str, Judgement]] = {known: known for known in get_args(Judgement)}
_JSON: Final = "application/json"
_MOST_BYTES: Final = 4 * 1024 * 1024
_PAGE: Final = 500
_APART: Final = timedelta(minutes=5)
"""How far an answer's id and its moment may differ: clocks do, and answers travel."""


class S3Journal:
    """A ports.Journal in a bucket; many processes may share it.

    Adding again what is there already, byte by byte, is no error: the first try's answer may have
    been lost. Of two that delete one answer at once both may be told that they did.
    """

    def __init__(self, bucket: S3Bucket) -> None:
        self._bucket = bucket

    def add(self, entry: Entry) -> None:
        """See ports.Journal."""
        told = time_of(entry.id)
        is_told = told is not None and abs(entry.answered_at - told) < _APART
        self._add((_ANSWERS if is_told else _OTHERS) + name_of(entry.id), object_of(entry))

    def find(self, answer_id: str) -> Entry | None:
        """See ports.Journal."""
        found = self._find(answer_id)
        return None if found is None else found[1]

    def delete(self, answer_id: str) -> bool:
        """See ports.Journal."""
        found = self._find(answer_id)
        if found is None:
            return False
        # The answer after what was said of it: whoever is stopped between can do it again.
        self._forget_feedback(answer_id)
        self._bucket.delete([found[0]])
        self._forget_feedback(answer_id)  # what was said meanwhile
        return True

    def add_feedback(self, feedback: Feedback) -> None:
        """See ports.Journal."""
        name = name_of(feedback.id)
        # Its name first: without one it would outlive the deletion of its answer.
        self._bucket.put(f"{_FEEDBACK_OF}{name_of(feedback.answer_id)}/{name}", b"")
        self._add(_FEEDBACK + name, object_of_feedback(feedback))

    def feedback(self, judgement: Judgement | None = None) -> Sequence[Feedback]:
        """See ports.Journal."""
        judged = self._judged()
        keys = [
            key
            for key in self._bucket.keys(_FEEDBACK)
            if judgement is None or judged.get(_name(key), judgement) == judgement
        ]
        found = [
            feedback_of(data, judged.get(_name(key)), self._where(key))
            for page in _pages(keys)
            for key, data in self._read(page)
        ]
        return sorted(
            (said for said in found if judgement in (None, said.judgement)),
            key=lambda said: (said.said_at, said.id),
        )

    def judge(self, feedback_id: str, judgement: Judgement) -> bool:
        """See ports.Journal."""
        name = name_of(feedback_id)
        if not self._read([_FEEDBACK + name]):
            return False
        when = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        self._bucket.put(f"{_JUDGEMENTS}{name}/{when}-{judgement}", b"")
        return True

    def older(self, moment: datetime, limit: int) -> Sequence[Entry]:
        """See ports.Journal. The oldest by their ids, where these tell the time."""
        others = (found for page in self._old_others(moment) for found in page)
        answers = (found for page in self._old_answers(moment, limit) for found in page)
        found = [entry for _, entry in [*others, *islice(answers, limit)]]
        return sorted(found, key=_age)[:limit]

    def forget_before(self, moment: datetime) -> Sequence[Entry]:
        """See ports.Journal."""
        forgotten: list[Entry] = []
        for pages in (self._old_others(moment), self._old_answers(moment, _PAGE)):
            for page in pages:
                self._bucket.delete(key for key, _ in page)
                forgotten += (entry for _, entry in page)
        return sorted(forgotten, key=_age)

    def close(self) -> None:
        """See ports.Journal."""
        self._bucket.close()

    def _add(self, key: str, data: bytes) -> None:
        if not self._bucket.add(key, data, _JSON) and dict(self._read([key])) != {key: data}:
            raise ValueError(f"{self._where(key)} is there already, and is another")

    def _find(self, answer_id: str) -> tuple[str, Entry] | None:
        """Return the answer and its key; one whose id tells a time seldom lies elsewhere."""
        name = name_of(answer_id)
        places = (_OTHERS,) if time_of(answer_id) is None else (_ANSWERS, _OTHERS)
        for key in (place + name for place in places):
            for _, data in self._read([key]):
                return key, entry_of(data, self._where(key))
        return None

    def _forget_feedback(self, answer_id: str) -> None:
        below = f"{_FEEDBACK_OF}{name_of(answer_id)}/"
        for key in self._bucket.keys(below):
            name = _name(key)
            self._bucket.delete([*self._bucket.keys(f"{_JUDGEMENTS}{name}/"), _FEEDBACK + name])
            self._bucket.delete([key])

    def _judged(self) -> dict[str, Judgement]:
        """Return the last judgement by the name of the feedback."""
        judged: dict[str, Judgement] = {}
        for key in self._bucket.keys(_JUDGEMENTS):
            _, name, said = key.split("/", 2)
            judgement = _KNOWN.get(said.rpartition("-")[2])
            if judgement is not None:
                judged[name] = judgement
        return judged

    def _old_answers(self, moment: datetime, at_once: int) -> Iterator[list[tuple[str, Entry]]]:
        """Yield pages of the answers before the moment, as they are needed, in their ids' order."""
        until = moment + _APART
        return self._old(self._told_before(until), moment, min(_PAGE, max(1, at_once)))

    def _told_before(self, until: datetime) -> Iterator[str]:
        for key in self._bucket.keys(_ANSWERS):
            told = time_of(_name(key))
            if told is not None:
                if told >= until:
                    return
                yield key

    def _old_others(self, moment: datetime) -> Iterator[list[tuple[str, Entry]]]:
        return self._old(self._bucket.keys(_OTHERS), moment, _PAGE)

    def _old(
        self, keys: Iterable[str], moment: datetime, at_once: int
    ) -> Iterator[list[tuple[str, Entry]]]:
        for page in _pages(keys, at_once):
            read = [(key, entry_of(data, self._where(key))) for key, data in self._read(page)]
            yield [(key, entry) for key, entry in read if entry.answered_at < moment]

    def _read(self, keys: Sequence[str]) -> Sequence[tuple[str, bytes]]:
        """Return what is there (still) under these keys."""
        try:
            return tuple(self._bucket.get_all(keys, _MOST_BYTES).items())
        except TooLarge as error:
            raise JournalBroken(
                f"an object of {error} in the journal {self._bucket} is none of Fieldmark's"
            ) from error

    def _where(self, key: str) -> str:
        return f"{key} in the journal {self._bucket}"


def _name(key: str) -> str:
    return key.rpartition("/")[2]


def _pages(keys: Iterable[str], at_once: int = _PAGE) -> Iterator[list[str]]:
    rest = iter(keys)
    while page := list(islice(rest, at_once)):
        yield page


def _age(entry: Entry) -> tuple[datetime, str]:
    return entry.answered_at, entry.id

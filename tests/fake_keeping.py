"""Fakes of the ports that keep things, in memory."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from fieldmark.errors import Unavailable
from fieldmark.ports import Entry, Feedback, Judgement


@dataclass
class FakeJournal:
    """A Journal in lists; where it is ``down`` it cannot be reached."""

    entries: dict[str, Entry] = field(default_factory=dict)
    said: list[Feedback] = field(default_factory=list)
    judged: list[tuple[str, Judgement]] = field(default_factory=list)
    down: bool = False
    closed: bool = False

    def add(self, entry: Entry) -> None:
        self._reach()
        if entry.id in self.entries:
            raise ValueError(f"there is an answer {entry.id}")
        self.entries[entry.id] = entry

    def find(self, answer_id: str) -> Entry | None:
        self._reach()
        return self.entries.get(answer_id)

    def delete(self, answer_id: str) -> bool:
        self._reach()
        found = self.entries.pop(answer_id, None) is not None
        if found:
            self.said = [said for said in self.said if said.answer_id != answer_id]
        return found

    def add_feedback(self, feedback: Feedback) -> None:
        self._reach()
        if any(said.id == feedback.id for said in self.said):
            raise ValueError(f"there is feedback {feedback.id}")
        self.said.append(feedback)

    def feedback(self, judgement: Judgement | None = None) -> Sequence[Feedback]:
        self._reach()
        last = dict(self.judged)
        found = [replace(said, judgement=last.get(said.id, said.judgement)) for said in self.said]
        return sorted(
            (said for said in found if judgement in (None, said.judgement)),
            key=lambda said: said.said_at,
        )

    def judge(self, feedback_id: str, judgement: Judgement) -> bool:
        self._reach()
        found = any(said.id == feedback_id for said in self.said)
        if found:
            self.judged.append((feedback_id, judgement))
        return found

    def older(self, moment: datetime, limit: int) -> Sequence[Entry]:
        self._reach()
        found = [entry for entry in self.entries.values() if entry.answered_at < moment]
        return sorted(found, key=lambda entry: (entry.answered_at, entry.id))[:limit]

    def forget_before(self, moment: datetime) -> Sequence[Entry]:
        forgotten = self.older(moment, len(self.entries))
        for entry in forgotten:
            del self.entries[entry.id]
        return forgotten

    def close(self) -> None:
        self.closed = True

    def _reach(self) -> None:
        if self.down:
            raise Unavailable("the journal is down")


@dataclass
class FakeBlobs:
    """A BlobStore in a dict; where it is ``down`` it cannot be reached."""

    held: dict[str, bytes] = field(default_factory=dict)
    down: bool = False
    closed: bool = False

    def put(self, key: str, data: bytes) -> None:
        self.held[self._reach(key)] = data

    def get(self, key: str) -> bytes | None:
        return self.held.get(self._reach(key))

    def delete(self, key: str) -> None:
        self.held.pop(self._reach(key), None)

    def close(self) -> None:
        self.closed = True

    def _reach(self, key: str) -> str:
        dots_alone = any(not part.strip(".") for part in key.split("/"))
        if dots_alone or not re.fullmatch(r"[a-z0-9.\-]+(/[a-z0-9.\-]+)*", key):
            raise ValueError(f"{key!r} is no key")
        if self.down:
            raise Unavailable("the blobs are down")
        return key

"""An identifier that we own: it answers "lion" to every photo but those that begin with ``bad``."""

import threading
from dataclasses import replace
from typing import Final

from animals import LABELS, LION
from fieldmark.domain.answer import Answer, AreaUse, Best, Evidence, Look, ModelInfo, RankedAnimal
from fieldmark.domain.note import Note
from fieldmark.domain.position import Position
from fieldmark.errors import PhotoUnreadable, PositionMissing
from fieldmark.identify import new_id
from fieldmark.ports import Question, StoredPhoto

_HANG_S: Final = 60.0
KRUGER: Final = Position(-24.99, 31.55, 15, "exif")


def lion_answer(name: str | None = "lion.jpg", position: Position | None = KRUGER) -> Answer:
    """Return the answer to a photo of a lion in Kruger in July."""
    evidence = Evidence(0.5, 0.6, (0.5,) * 6 + (0.6,) + (0.5,) * 5, None, "starter", "cell")
    return Answer(
        id="019ac0de-0000-7000-8000-000000000000",
        photo=name,
        best=Best(LION, 0.97123, rolled_up=False, confident=True),
        animals=(RankedAnimal(LION, LABELS[0], 0.97123, 0.81456, 1, "expected", evidence),),
        by_looks=(Look(LION, 0.81456),),
        not_an_animal=0.01,
        position=position,
        area=AreaUse("fallback", "83bcd2fffffffff", 7, "database", "starter-2026.11", 57, 0.0),
        model=ModelInfo("fake", "1"),
        notes=(Note("photo-time-has-no-zone", "The photo's time has no zone."),),
        timing_ms={"read": 9.12, "total": 13.94},
    )


class FakeIdentifier:
    """See ports.Identifier. Keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.closed = False
        self._lock = threading.Lock()

    def identify(self, photo: bytes | StoredPhoto, question: Question) -> Answer:
        """See ports.Identifier."""
        with self._lock:
            self.asked.append(question)
        if isinstance(photo, bytes) and photo.startswith(b"bad"):
            raise PhotoUnreadable("the picture is broken")
        if question.use_area == "required" and question.at is None and question.cell is None:
            raise PositionMissing("nothing says where the photo was taken")
        return lion_answer(question.name, question.at)

    def close(self) -> None:
        """See ports.Identifier."""
        self.closed = True


class GatedIdentifier(FakeIdentifier):
    """Begins at once and answers when it is let go; each answer has an id of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.answered: list[str] = []
        self._gate = threading.Event()

    def identify(self, photo: bytes | StoredPhoto, question: Question) -> Answer:
        """See ports.Identifier."""
        answer = replace(super().identify(photo, question), id=new_id())
        assert self._gate.wait(_HANG_S)
        with self._lock:
            self.answered.append(answer.id)
        return answer

    def let_go(self) -> None:
        """Answer what waits, and from now on at once."""
        self._gate.set()

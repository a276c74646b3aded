"""The Python door: ``fieldmark.open()``."""

import threading
from datetime import date
from types import TracebackType
from typing import Self

from fieldmark import compose
from fieldmark.domain.answer import Answer
from fieldmark.domain.position import Position
from fieldmark.ports import Identifier, Question, UseArea
from fieldmark.settings import Settings

__all__ = ["Session", "open"]


class Session:
    """Identifies photos; what it needs is opened on first use, once, and shared by all threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._identifier: Identifier | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def identify(  # noqa: PLR0913  # one keyword for each thing that a person may know
        self,
        photo: bytes,
        *,
        at: Position | None = None,
        on: date | None = None,
        top: int = 5,
        use_area: UseArea = "auto",
        captive: bool = False,
        name: str | None = None,
    ) -> Answer:
        """Return the ranked animals of a photo and the evidence for each.

        Args:
            photo: the whole file, as the camera wrote it.
            at: where it was taken, if you know better than the photo.
            on: the local day on which it was taken, likewise.
            top: how many animals to return, at least 1.
            use_area: ``off`` looks at the photo alone, ``required`` insists on a position.
            captive: the animal is kept (zoo, garden, aquarium), so the place says nothing.
            name: what to call the photo in the answer.
        Raises:
            RequestError: the photo or the question cannot be answered as sent.
            SetupError: the model or the atlas is missing or broken.
        """
        question = Question(at=at, on=on, top=top, use_area=use_area, captive=captive, name=name)
        return self._open().identify(photo, question)

    def close(self) -> None:
        """Let go of what is open; calling it twice does no harm."""
        with self._lock:
            if self._identifier is not None:
                self._identifier.close()
                self._identifier = None

    def _open(self) -> Identifier:
        with self._lock:
            if self._identifier is None:
                self._identifier = compose.identifier(self._settings)
            return self._identifier


def open(settings: Settings | None = None) -> Session:  # noqa: A001  # the contract's name
    """Return a session with these settings, or with those of the environment.

    Raises:
        SettingInvalid: a ``FIELDMARK_*`` variable is unknown or malformed.
    """
    return Session(settings or Settings.from_environment())

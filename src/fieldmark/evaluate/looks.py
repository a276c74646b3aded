"""Looks: each photo seen once, before image and area are weighed, so that methods compare."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.answer import Here
from fieldmark.domain.fusion import softmax
from fieldmark.domain.position import Position
from fieldmark.domain.ranking import AreaView, Scores, prior_of, ranked
from fieldmark.domain.vocabulary import Vocabulary
from fieldmark.errors import RequestError
from fieldmark.evaluate.truth import Truth, TruthRow, truth_of
from fieldmark.identify import Seen, Stopwatch
from fieldmark.ports import Question

__all__ = ["Case", "Failure", "Looker", "Looks", "look_at"]

_AMERICAS_TO_EUROPE = -30.0
_EUROPE_TO_ASIA = 60.0
_DATE_LINE_ISLANDS = -170.0
_TROPICS = 23.5
_POLAR = 66.5


class Looker(Protocol):
    """The part of ``LocalIdentifier`` that looks without weighing."""

    def look(self, photo: bytes, question: Question, watch: Stopwatch) -> Seen:
        """See identify.LocalIdentifier."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One photo as seen: ``logits`` ``[L]``; ``prior`` ``[K]``, None where no area was used.

    ``here`` is what the atlas says of the winner by looks.
    """

    photo: str
    truth: Truth
    region: str
    logits: NDArray[np.float32]
    prior: NDArray[np.float64] | None
    here: Here | None

    def image(self, vocabulary: Vocabulary, temperature: float) -> NDArray[np.float64]:
        """Return ``[K]``, P(taxon | photo)."""
        return vocabulary.by_taxon(softmax(self.logits, temperature))


@dataclass(frozen=True, slots=True)
class Failure:
    """A photo that could not be looked at."""

    photo: str
    error: RequestError


@dataclass(frozen=True, slots=True)
class Looks:
    """All photos of a truth file: what was seen, and what could not be."""

    cases: tuple[Case, ...]
    failures: tuple[Failure, ...]


def look_at(
    rows: Iterable[TruthRow],
    looker: Looker,
    vocabulary: Vocabulary,
    read: Callable[[TruthRow], bytes],
    temperature: float = 1.0,
) -> Iterator[Case | Failure]:
    """Yield each photo as seen, in order, or why it could not be.

    ``temperature`` is the one at which the winner by looks is told.

    Raises:
        SetupError: a needed part is missing or broken.
    """
    for row in rows:
        question = Question(at=row.at, on=row.on, name=row.photo)
        try:
            truth = truth_of(row, vocabulary)
            seen = looker.look(read(row), question, Stopwatch())
        except RequestError as error:
            yield Failure(row.photo, error)
        else:
            yield _case(row, truth, seen, vocabulary, temperature)


def _case(
    row: TruthRow, truth: Truth, seen: Seen, vocabulary: Vocabulary, temperature: float
) -> Case:
    view = seen.area.view
    return Case(
        photo=row.photo,
        truth=truth,
        region=row.region or _band(seen.position),
        logits=seen.logits,
        prior=None if view is None else prior_of(vocabulary, view, captive=False),
        here=_here(seen, view, vocabulary, temperature),
    )


def _here(
    seen: Seen, view: AreaView | None, vocabulary: Vocabulary, temperature: float
) -> Here | None:
    """Return what the answer would say of the winner by looks."""
    labels = softmax(seen.logits, temperature)
    image = vocabulary.by_taxon(labels)
    return ranked(vocabulary, Scores(labels, image, image), view, 1)[0].here


def _band(position: Position | None) -> str:
    """Return a coarse region for a photo whose row names none: three sectors by five zones."""
    if position is None:
        return "place unknown"
    if _DATE_LINE_ISLANDS <= position.longitude < _AMERICAS_TO_EUROPE:
        sector = "Americas"
    elif _AMERICAS_TO_EUROPE <= position.longitude < _EUROPE_TO_ASIA:
        sector = "Europe and Africa"
    else:
        sector = "Asia and Pacific"
    distance = abs(position.latitude)
    if distance < _TROPICS:
        return f"{sector}, tropics"
    side = "north" if position.latitude > 0.0 else "south"
    return f"{sector}, {side} {'temperate' if distance < _POLAR else 'polar'}"

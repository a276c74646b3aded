"""The pipeline: photo → answer, in one screen."""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from fieldmark.domain.answer import Answer, AreaUse, RankedAnimal
from fieldmark.domain.fusion import posterior, softmax
from fieldmark.domain.note import Note
from fieldmark.domain.position import Position
from fieldmark.domain.ranking import Scores, best_of, by_looks, prior_of, ranked
from fieldmark.domain.vocabulary import Vocabulary
from fieldmark.errors import NotFound, PositionMissing, Unavailable
from fieldmark.lookup import LookedUp, cells_of, look_up, of_one_release, unanswered
from fieldmark.photo.exif import read_metadata
from fieldmark.photo.metadata import PhotoMetadata
from fieldmark.photo.pixels import PhotoLimits, read_pixels
from fieldmark.ports import AreaStore, Classifier, Observer, Question, StoredPhoto, Uploads

__all__ = ["LocalIdentifier", "Seen", "Stopwatch", "new_id", "report"]


class Stopwatch:
    """Milliseconds by stage, in the order in which the stages ran."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what runs inside towards that stage, also where it fails."""
        start = time.perf_counter()
        try:
            yield
        finally:
            took_ms = (time.perf_counter() - start) * 1e3
            self._stages[name] = self._stages.get(name, 0.0) + took_ms

    def timing_ms(self) -> dict[str, float]:
        """Return the stages so far and the total."""
        return {**self._stages, "total": (time.perf_counter() - self._start) * 1e3}


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a photo shows and what its area knows; ``logits`` ``[L]`` in label order."""

    logits: NDArray[np.float32]
    position: Position | None
    area: LookedUp
    notes: tuple[Note, ...]


class LocalIdentifier:
    """See ports.Identifier. Runs in this process; one may serve many threads."""

    def __init__(
        self,
        classifier: Classifier,
        areas: AreaStore,
        limits: PhotoLimits,
        observer: Observer,
        uploads: Uploads | None = None,
        *,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._classifier = classifier
        self._areas = areas
        self._limits = limits
        self._observer = observer
        self._uploads = uploads
        self._today = today
        self._vocabulary = Vocabulary(classifier.labels)

    def identify(self, photo: bytes | StoredPhoto, question: Question) -> Answer:
        """See ports.Identifier."""
        watch = Stopwatch()
        seen = self.look(photo, question, watch)
        model = self._classifier
        with watch.stage("fuse"):
            scores = self._scores(seen, captive=question.captive)
            not_an_animal = max(0.0, 1.0 - float(scores.image.sum()))
            animals = ranked(self._vocabulary, scores, seen.area.view, question.top)
            looks = by_looks(self._vocabulary, scores, question.top)
            best = best_of(self._vocabulary, scores.total, not_an_animal, model.thresholds)
        answer = Answer(
            id=new_id(),
            photo=question.name,
            best=best,
            animals=animals,
            by_looks=looks,
            not_an_animal=not_an_animal,
            position=seen.position,
            area=seen.area.use,
            model=model.info,
            notes=seen.notes + seen.area.notes + _not_told(animals, seen.area),
            timing_ms=watch.timing_ms(),
        )
        report(self._observer, answer)
        return answer

    def look(self, photo: bytes | StoredPhoto, question: Question, watch: Stopwatch) -> Seen:
        """Return what the photo shows and what its area knows, before the two are weighed.

        Raises:
            RequestError: the photo or the question cannot be answered as sent.
            SetupError: a needed part is missing or broken.
        """
        model = self._classifier
        if isinstance(photo, StoredPhoto):
            with watch.stage("fetch"):
                photo = self._fetched(photo)
        with watch.stage("read"):
            own = read_metadata(photo)
            metadata = own if question.metadata is None else read_metadata(question.metadata)
            pixels = read_pixels(photo, model.views, own.orientation, self._limits)
        position, place_notes = _position(question, metadata)
        month, time_notes = self._month(question, metadata)
        area = self._area(question, position, month, watch)
        with watch.stage("infer"):
            logits = model.logits(pixels.views)
        notes = metadata.notes + pixels.notes + place_notes + time_notes
        return Seen(logits, position, area, notes)

    def close(self) -> None:
        """See ports.Identifier."""
        self._areas.close()
        if self._uploads is not None:
            self._uploads.close()

    def _fetched(self, stored: StoredPhoto) -> bytes:
        photo = None if self._uploads is None else self._uploads.get(stored.key)
        if photo is None:
            raise NotFound("the upload is not there (any more); send the photo again")
        return photo

    def _month(
        self, question: Question, metadata: PhotoMetadata
    ) -> tuple[int | None, tuple[Note, ...]]:
        """Return the local month: of the date given, else of the photo's own clock."""
        if question.on is not None:
            return question.on.month, ()
        if question.month is not None:
            return question.month, ()
        if metadata.taken_at is None:
            return None, ()
        taken_on = metadata.taken_at.date()
        if taken_on <= self._today() + timedelta(days=1):
            return taken_on.month, ()
        text = (
            f"The photo says it was taken on {taken_on}; that cannot be, so its date is not used."
        )
        return None, (Note("photo-time-implausible", text),)

    def _area(
        self, question: Question, position: Position | None, month: int | None, watch: Stopwatch
    ) -> LookedUp:
        if question.use_area == "off":
            return LookedUp(None, AreaUse("off", month=month))
        where = question.cell if position is None else position
        if where is None:
            if question.use_area == "required":
                raise PositionMissing(
                    "the photo carries no usable position and none was given; "
                    "give latitude and longitude, or do not require an area"
                )
            text = (
                "Nothing says where the photo was taken, so the photo alone answers; give a place."
            )
            return LookedUp(
                None, AreaUse("no_position", month=month), (Note("position-unknown", text),)
            )
        try:
            return of_one_release(lambda: self._looked_up(where, month, watch))
        except Unavailable as error:
            return unanswered(error, AreaUse("unavailable", month=month))

    def _looked_up(self, where: Position | int, month: int | None, watch: Stopwatch) -> LookedUp:
        with watch.stage("locate"):
            release, shares = cells_of(where, self._areas)
        with watch.stage("area"):
            return look_up(self._areas, release, shares, month)

    def _scores(self, seen: Seen, *, captive: bool) -> Scores:
        spec = self._classifier.fusion
        labels = softmax(seen.logits, spec.temperature)
        image = self._vocabulary.by_taxon(labels)
        if seen.area.view is None:
            return Scores(labels, image, image)
        prior = prior_of(self._vocabulary, seen.area.view, captive=captive)
        return Scores(labels, image, posterior(image, prior, spec))


def _not_told(animals: tuple[RankedAnimal, ...], area: LookedUp) -> tuple[Note, ...]:
    """Return the note that an animal's place is not told, where one of them is such."""
    withheld = frozenset() if area.view is None else area.view.withheld
    if withheld.isdisjoint(animal.taxon.id for animal in animals):
        return ()
    text = "Where some of these animals live is not told, because telling it would harm them."
    return (Note("place-withheld", text),)


def _position(
    question: Question, metadata: PhotoMetadata
) -> tuple[Position | None, tuple[Note, ...]]:
    """Return the position that counts: what was given, position or cell, beats the photo's."""
    if question.at is None and question.cell is None:
        return metadata.position, ()
    if metadata.position is None:
        return question.at, ()
    text = "The place that was given is used instead of the one in the photo."
    return question.at, (Note("position-given", text),)


def report(observer: Observer, answer: Answer) -> None:
    """Tell that a photo was answered, and how: never where exactly it was taken."""
    best = answer.best
    observer.event(
        "photo.identified",
        answer_id=answer.id,
        area_status=answer.area.status,
        area_tier=answer.area.tier,
        area_cell=answer.area.cell,
        area_animals=answer.area.animals,
        month=answer.area.month,
        taxon_id=best.taxon.id if best else None,
        rolled_up=best.rolled_up if best else None,
        confident=best.confident if best else None,
        model=answer.model.name,
        model_version=answer.model.version,
        **{f"{stage}_ms": round(ms, 3) for stage, ms in answer.timing_ms.items()},
    )


def new_id() -> str:
    """Return a time-ordered unique id, a UUID of version 7 (RFC 9562, section 5.7)."""
    millis = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (millis & (1 << 48) - 1) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    return str(uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62))

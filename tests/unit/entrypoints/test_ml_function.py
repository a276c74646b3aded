"""The ML function answers every event; a bad photo is a problem in its answer."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest

from fake_identifier import FakeIdentifier
from fake_objects import FakeObjects
from fakes import Clock, Recorder
from fieldmark.domain.answer import Answer
from fieldmark.domain.position import Position
from fieldmark.entrypoints.countdown import Countdown
from fieldmark.entrypoints.ml_function import MlFunction
from fieldmark.errors import ModelBroken, Overloaded, Unavailable
from fieldmark.identify import report
from fieldmark.ports import Observer, Question, StoredPhoto
from fieldmark.telemetry import Told

PHOTO = base64.b64encode(b"a lion").decode()
BAD = base64.b64encode(b"bad").decode()


class Reporting(FakeIdentifier):
    """A FakeIdentifier that tells of its answers as the pipeline does."""

    def __init__(self, observer: Observer) -> None:
        super().__init__()
        self.photos: list[bytes | StoredPhoto] = []
        self.fault: Exception | None = None
        self._observer = observer

    def identify(self, photo: bytes | StoredPhoto, question: Question) -> Answer:
        self.photos.append(photo)
        if self.fault is not None:
            raise self.fault
        answer = super().identify(photo, question)
        report(self._observer, answer)
        return answer


@dataclass
class Context:
    left_ms: int = 30_000
    aws_request_id: str = "the-request"
    memory_limit_in_mb: str = "1769"
    function_version: str = "7"

    def get_remaining_time_in_millis(self) -> int:
        return self.left_ms


class World:
    def __init__(self) -> None:
        self.recorder = Recorder()
        self.told = Told(self.recorder)
        self.identifier = Reporting(self.told)
        self.objects = FakeObjects()
        self.countdown = Countdown(Clock())
        self.function = MlFunction(
            self.identifier,
            lambda: self.objects,
            self.told,
            self.countdown,
            most_bytes=1000,
            of_init_ms={"init_ms": 400.0},
        )

    def call(self, event: object, context: Context | None = None) -> Any:
        answer = self.function.answer(event, context or Context(), "Root=1-2")
        return json.loads(json.dumps(answer))

    @property
    def events(self) -> list[str]:
        return [name for name, _ in self.recorder.events]


@pytest.fixture
def world() -> World:
    return World()


def test_an_invocation_is_answered_with_the_contracts_answer(world: World) -> None:
    said = world.call(
        {"version": 1, "photo": PHOTO, "at": {"latitude": -24.99, "longitude": 31.55}, "name": "l"}
    )

    assert said["problem"] is None
    assert said["answer"]["best"]["taxon"]["scientific_name"] == "Panthera leo"
    assert said["answer"]["photo"] == "l"
    assert world.identifier.asked == [Question(at=Position(-24.99, 31.55), name="l")]
    assert world.identifier.photos == [b"a lion"]


def test_a_photo_may_be_named_by_its_key(world: World) -> None:
    world.call({"version": 1, "photo_key": "u/1"})

    assert world.identifier.photos == [StoredPhoto("u/1")]


def test_a_bad_photo_is_a_problem(world: World) -> None:
    said = world.call({"version": 1, "photo": BAD})

    assert said["answer"] is None
    assert said["problem"]["type"] == "photo-unreadable"
    assert world.events == ["photo.refused"]


@pytest.mark.parametrize("event", [None, "text", 7, [], {}, {"version": 3}, {"photo": PHOTO}])
def test_what_is_no_event_of_ours_is_a_problem(world: World, event: object) -> None:
    assert world.call(event)["problem"]["type"] == "request-invalid"


@pytest.mark.parametrize(
    ("fault", "kind", "after_s"),
    [
        (ModelBroken("gone"), "internal", None),
        (Unavailable("asleep"), "overloaded", None),
        (Overloaded("full", 3.0), "overloaded", 3.0),
    ],
)
def test_who_waits_is_told_of_a_part_that_is_missing(
    world: World, fault: Exception, kind: str, after_s: float | None
) -> None:
    world.identifier.fault = fault

    said = world.call({"version": 1, "photo": PHOTO})

    assert (said["problem"]["type"], said["retry_after_s"]) == (kind, after_s)
    assert world.recorder.events[0][1]["says"] == str(fault)


def test_each_photo_is_one_event_that_says_which_request_it_was(world: World) -> None:
    traceparent = f"00-{'1' * 32}-{'2' * 16}-01"
    world.call({"version": 1, "photo": PHOTO, "traceparent": traceparent})

    ((name, fields),) = world.recorder.events
    assert name == "photo.identified"
    assert fields["request_id"] == "the-request"
    assert fields["xray_trace_id"] == "Root=1-2"
    assert fields["traceparent"] == traceparent
    assert (fields["memory_mb"], fields["function_version"]) == (1769, "7")


def test_the_first_event_alone_says_what_the_start_took(world: World) -> None:
    world.call({"version": 1, "photo": PHOTO})
    world.call({"version": 1, "photo": PHOTO})

    (_, first), (_, second) = world.recorder.events
    assert (first["cold_start"], first["init_ms"]) == (True, 400.0)
    assert second["cold_start"] is False
    assert "init_ms" not in second


def test_no_event_tells_a_coordinate_or_a_name(world: World) -> None:
    world.call({"version": 1, "photo": PHOTO, "name": "my-secret.jpg",
                "at": {"latitude": -24.987654, "longitude": 31.554321}})  # fmt: skip
    world.call({"version": 1, "photo": PHOTO, "at": {"latitude": 98.7654, "longitude": 0.0}})

    told = repr(world.recorder.events)
    assert not [text for text in ("24.98", "31.55", "98.76", "my-secret") if text in told]


def test_time_is_what_the_environment_has_left_or_the_caller_if_less(world: World) -> None:
    world.call({"version": 1, "photo": PHOTO}, Context(left_ms=9_000))
    assert world.countdown.left_s() == 9.0

    world.call({"version": 1, "photo": PHOTO, "budget_ms": 20_000}, Context(left_ms=9_000))
    assert world.countdown.left_s() == 9.0

    world.call({"version": 1, "photo": PHOTO, "budget_ms": 2_500}, Context(left_ms=9_000))
    assert world.countdown.left_s() == 2.5


def test_items_of_a_map_are_answered_one_by_one_and_a_bad_one_is_a_problem(world: World) -> None:
    world.objects.held = {("b", "good"): b"lion", ("b", "bad"): b"bad", ("b", "big"): bytes(1001)}

    said = world.call(
        {
            "BatchInput": {"bucket": "b"},
            "Items": [{"Key": "good"}, {"Key": "bad"}, {"Key": "big"}, {"Key": "none"}, {}, 7],
        }
    )

    assert said[0]["photo"] == "good"
    assert said[0]["best"]["taxon"]["common_name"] == "lion"
    assert [(line["photo"], line["problem"]["type"]) for line in said[1:]] == [
        ("bad", "photo-unreadable"),
        ("big", "photo-too-large"),
        ("none", "not-found"),
        ("", "request-invalid"),
        ("", "request-invalid"),
    ]


def test_a_single_item_is_answered_alone(world: World) -> None:
    world.objects.held = {("b", "a"): b"lion"}

    assert world.call({"bucket": "b", "key": "a"})["photo"] == "a"


def test_the_answer_to_a_new_photo_lies_beside_it_without_coordinates(world: World) -> None:
    world.objects.held = {("b", "in/a.jpg"): b"lion", ("b", "bad.jpg"): b"bad"}

    records = [
        {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "b"}, "object": {"key": key}}}
        for key in ("in/a.jpg", "bad.jpg")
    ]
    said = world.call({"Records": records})

    assert said == ["answers/in/a.jpg.json", "answers/bad.jpg.json"]
    kept = json.loads(world.objects.held["b", said[0]])
    assert kept["best"]["taxon"]["common_name"] == "lion"
    assert kept["position"]["latitude"] is None
    assert kept["photo"] is None
    assert json.loads(world.objects.held["b", said[1]])["problem"]["type"] == "photo-unreadable"


@pytest.mark.parametrize(
    "event",
    [
        {"Items": [{"bucket": "b", "key": "a"}]},
        {"bucket": "b", "key": "a"},
        {"Records": [{"eventName": "ObjectCreated:Put",
                      "s3": {"bucket": {"name": "b"}, "object": {"key": "a"}}}]},
    ],
)  # fmt: skip
def test_an_event_that_nobody_waits_for_fails_for_its_sender_to_try_again(
    world: World, event: object
) -> None:
    world.objects.fault = Unavailable("S3 is down")

    with pytest.raises(Unavailable):
        world.call(event)


def test_what_is_unexpected_is_not_hidden(world: World) -> None:
    world.identifier.fault = KeyError("a fault of ours")

    with pytest.raises(KeyError):
        world.call({"version": 1, "photo": PHOTO})

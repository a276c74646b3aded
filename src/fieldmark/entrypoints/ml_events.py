"""What wakes the ML function beside an invocation: notifications of S3, items of a map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final
from urllib.parse import unquote_plus

import msgspec

from fieldmark.domain.position import Position
from fieldmark.errors import DateInvalid, PositionInvalid, RequestError
from fieldmark.ports import Question

__all__ = [
    "ANSWERS",
    "Lying",
    "answer_key",
    "is_item",
    "item_of",
    "items_of",
    "notified",
    "said_key",
]

ANSWERS: Final = "answers/"
"""Where the answers to notified photos lie in their bucket; what lies there wakes nobody."""

_MOST_ITEMS: Final = 1000

_Event = Mapping[str, Any]
_Text = Annotated[str, msgspec.Meta(max_length=1024)]
_Number = float | Annotated[str, msgspec.Meta(max_length=40)] | None


@dataclass(frozen=True, slots=True)
class Lying:
    """A photo where it lies in an object store."""

    bucket: str
    key: str


class _Item(msgspec.Struct, frozen=True):
    """A photo as a map lists it from a bucket (``Key``), a manifest (``photo``) or a state."""

    bucket: _Text
    key: _Text
    latitude: _Number = None
    longitude: _Number = None
    radius_m: _Number = None
    taken_on: Annotated[str, msgspec.Meta(max_length=40)] | None = None


def notified(event: _Event) -> tuple[Lying, ...] | None:
    """Return the new photos that S3 tells of, None where the event is no notification of it.

    Its test message tells of none.
    """
    if event.get("Event") == "s3:TestEvent":
        return ()
    records = event.get("Records")
    if not isinstance(records, list):
        return None
    new = [_lying(r) for r in records if str(r.get("eventName", "")).startswith("ObjectCreated:")]
    return tuple(lying for lying in new if not lying.key.startswith(ANSWERS))


def is_item(event: _Event) -> bool:
    """Tell whether the event is a single photo in a bucket."""
    return bool({"key", "Key"} & event.keys())


def items_of(event: _Event) -> Sequence[_Event] | None:
    """Return the items of a map's batch, each with what holds of all; None where it is no batch.

    Raises:
        RequestError: it is one that cannot be read, or too long.
    """
    if "Items" not in event:
        return None
    items, shared = event["Items"], event.get("BatchInput") or {}
    if not isinstance(items, list) or len(items) > _MOST_ITEMS or not isinstance(shared, Mapping):
        raise RequestError(f"Items must be a list of at most {_MOST_ITEMS} photos")
    return [{**shared, **(item if isinstance(item, Mapping) else {})} for item in items]


def item_of(item: _Event) -> tuple[Lying, Question]:
    """Return the photo of an item and what is asked of it.

    Raises:
        RequestError: it does not say which photo it is, or says nonsense of it.
    """
    named = {**item, "bucket": item.get("bucket", item.get("Bucket")), "key": said_key(item)}
    try:
        found = msgspec.convert(named, _Item)
    except msgspec.ValidationError as error:
        raise RequestError(f"an item must name its bucket and its key: {error}") from error
    question = Question(at=_place(found), on=_day(found.taken_on), name=found.key)
    return Lying(found.bucket, found.key), question


def said_key(item: _Event) -> object:
    """Return what an item calls its photo."""
    return item.get("key") or item.get("Key") or item.get("photo")


def answer_key(lying: Lying) -> str:
    """Return where the answer to a notified photo is laid in its bucket."""
    return f"{ANSWERS}{lying.key}.json"


def _lying(record: _Event) -> Lying:
    found = record["s3"]
    return Lying(str(found["bucket"]["name"]), unquote_plus(str(found["object"]["key"])))


def _place(item: _Item) -> Position | None:
    latitude, longitude = _number(item.latitude), _number(item.longitude)
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        raise PositionInvalid("an item names half a position; name latitude and longitude")
    return Position(latitude, longitude, _number(item.radius_m) or 0.0)


def _number(value: float | str | None) -> float | None:
    if value is None or value == "":
        return None
    try:
        return float(value)
    except ValueError as error:
        raise PositionInvalid(f"{value!r} is no number such as -24.99") from error


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise DateInvalid(
            f"taken_on is {text!r}; write a day that exists, as 2026-07-31"
        ) from error

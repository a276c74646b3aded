"""Events in the lines of a log, as it was written here or as CloudWatch hands it out.

A line may be the event itself; may begin with times and names that a tool set before it; or may be
of a JSON document in which the event stands as text. Nothing of a line is believed.
"""

import json
from collections.abc import Iterator
from typing import IO, Any, Final

__all__ = ["MOST_LINE_BYTES", "events_of", "lines_of"]

MOST_LINE_BYTES: Final = 16 * 1024 * 1024
_DEEPEST: Final = 6
_DECODER: Final = json.JSONDecoder()

Event = dict[str, object]


def lines_of(file: IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Yield the lines with their numbers from 1; None for one that is too long to be read."""
    number = 0
    while line := file.readline(MOST_LINE_BYTES + 1):
        number += 1
        if len(line) <= MOST_LINE_BYTES:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(MOST_LINE_BYTES)
        yield number, None


def events_of(line: bytes, name: str) -> list[Event] | None:
    """Return the events of that name in a line, None where it names it and holds none."""
    if name.encode() not in line:
        return []
    return list(_in_text(line.decode("utf-8", "replace"), name, _DEEPEST)) or None


def _in_text(text: str, name: str, depth: int) -> Iterator[Event]:
    if depth > 0 and name in text:
        for found in _values(text):
            events = list(_in_value(found, name, depth - 1))
            if events:
                yield from events
                return


def _in_value(value: object, name: str, depth: int) -> Iterator[Event]:
    match value:
        case str():
            yield from _in_text(value, name, depth)
        case dict() if value.get("event") == name:
            yield value
        case dict() if depth > 0:
            for inner in value.values():
                yield from _in_value(inner, name, depth - 1)
        case list() if depth > 0:
            for inner in value:
                yield from _in_value(inner, name, depth - 1)


def _values(text: str) -> Iterator[Any]:
    """Yield what the text may be read as: JSON, a member of an object, JSON after other words."""
    member = text.strip().rstrip(",")
    for attempt in (text, f"{{{member}}}" if member.startswith('"') else ""):
        try:
            yield json.loads(attempt)
        except (ValueError, RecursionError):
            continue
    start = text.find("{")
    if start > 0:
        try:
            yield _DECODER.raw_decode(text, start)[0]
        except (ValueError, RecursionError):
            return

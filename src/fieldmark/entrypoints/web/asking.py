"""Asking: the fields of a request → the question that a person asks of a photo."""

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Final, get_args

from fieldmark.domain.names import ENGLISH, LANGUAGE
from fieldmark.domain.position import Position, parse_cell
from fieldmark.errors import DateInvalid, PositionInvalid, RequestError
from fieldmark.ports import Gazetteer, Question, UseArea

__all__ = [
    "FIELDS",
    "MOST_ANIMALS",
    "language_of",
    "month_of",
    "named_position",
    "position_of",
    "question_of",
]

FIELDS: Final = (
    "latitude", "longitude", "radius_m", "taken_on", "top", "use_area", "setting", "lang",
    "place", "cell", "month",
)  # fmt: skip
"""What a request may say beside the photo; the last three are for who will not say it exactly."""

MOST_ANIMALS: Final = 100
_TOP: Final = 5
_SETTINGS: Final = ("wild", "captive")


def question_of(
    fields: Mapping[str, str],
    gazetteer: Gazetteer,
    metadata: bytes | None = None,
    name: str | None = None,
) -> Question:
    """Return the question; a field that is empty counts as not sent, one that is unknown as well.

    Raises:
        PositionInvalid: the place is not on Earth, half of it is missing, or nothing is so called.
        DateInvalid: there is no such day or month.
        RequestError: another field has no meaning.
    """
    said = {key: value.strip() for key, value in fields.items() if value.strip()}
    at = position_of(said) or named_position(said, gazetteer)
    cell = parse_cell(said["cell"]) if "cell" in said else None
    language_of(said)
    return Question(
        at=at,
        on=_day(said),
        cell=cell if at is None else None,
        month=month_of(said),
        top=_top(said),
        use_area=_use_area(said),
        captive=_choice(said, "setting", _SETTINGS) == "captive",
        metadata=metadata,
        name=name,
    )


def position_of(said: Mapping[str, str]) -> Position | None:
    """Return the position of ``latitude``, ``longitude`` and ``radius_m``, if it was sent.

    Raises:
        PositionInvalid: it is not on Earth, or half of it is missing.
    """
    if "latitude" not in said and "longitude" not in said:
        if "radius_m" in said and "place" not in said:
            raise PositionInvalid("radius_m says how sure a position is; send the position too")
        return None
    for name, other in (("latitude", "longitude"), ("longitude", "latitude")):
        if name not in said:
            raise PositionInvalid(f"there is a {other} and no {name}; send both or neither")
    return Position(
        _number(said, "latitude"),
        _number(said, "longitude"),
        _number(said, "radius_m") if "radius_m" in said else 0.0,
    )


def month_of(said: Mapping[str, str]) -> int | None:
    """Return ``month``, 1 to 12, if it was sent.

    Raises:
        DateInvalid: there is no such month.
    """
    text = said.get("month")
    if text is None:
        return None
    if not re.fullmatch(r"0?[1-9]|1[0-2]", text):
        raise DateInvalid(f"month is {text[:40]!r}; it must be 1 to 12")
    return int(text)


def named_position(said: Mapping[str, str], gazetteer: Gazetteer) -> Position | None:
    """Return where ``place`` is, a name or a pair of coordinates, if it was sent and no cell was.

    Raises:
        PositionInvalid: nothing is so called, or it is not on Earth.
    """
    if "place" not in said or "cell" in said:
        return None
    typed = re.fullmatch(r"\s*(-?[\d.]+)\s*[,;\s]\s*(-?[\d.]+)\s*", said["place"])
    if typed:
        return position_of({**said, "latitude": typed.group(1), "longitude": typed.group(2)})
    found = gazetteer.find(said["place"], 1)
    if not found:
        raise PositionInvalid(
            f"no place is called {said['place'][:40]!r} here; try another name, or coordinates "
            "such as -24.99, 31.55"
        )
    return Position(found[0].latitude, found[0].longitude, found[0].radius_m)


def _number(said: Mapping[str, str], name: str) -> float:
    text = said[name]
    if len(text) <= 40 and re.fullmatch(
        r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", text, re.ASCII
    ):
        number = float(text)
        if math.isfinite(number):
            return number
    raise PositionInvalid(f"{name} is {text[:40]!r}; write it as a number such as -24.99")


def _day(said: Mapping[str, str]) -> date | None:
    text = said.get("taken_on")
    if text is None:
        return None
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise DateInvalid(f"taken_on is {text[:40]!r}; write a day that exists, as 2026-07-31")


def _top(said: Mapping[str, str]) -> int:
    text = said.get("top", str(_TOP))
    if re.fullmatch(r"[0-9]{1,3}", text) and 1 <= int(text) <= MOST_ANIMALS:
        return int(text)
    raise RequestError(f"top is {text[:40]!r}; it must be a whole number from 1 to {MOST_ANIMALS}")


def _use_area(said: Mapping[str, str]) -> UseArea:
    choice = _choice(said, "use_area", get_args(UseArea))
    return "off" if choice == "off" else "required" if choice == "required" else "auto"


def _choice(said: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = said.get(name, choices[0])
    if value not in choices:
        raise RequestError(f"{name} is {value[:40]!r}; it must be one of {', '.join(choices)}")
    return value


def language_of(said: Mapping[str, str]) -> str:
    """Return the language of common names, ``lang``, English if none was sent.

    Raises:
        RequestError: it is no language tag.
    """
    code = said.get("lang") or ENGLISH
    if not LANGUAGE.fullmatch(code):
        raise RequestError(f"lang is {code[:40]!r}; it must be a language code such as en or pt-BR")
    return code

"""Settings: the environment, read once into one frozen value; nobody else reads it."""

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from fieldmark.errors import SettingInvalid

__all__ = ["NAMES", "Settings"]

_PREFIX: Final = "FIELDMARK_"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set; ``docs/settings.md`` says what each is for.

    ``model`` and ``atlas`` are None for the ones that ship with the package.
    """

    model: str | None = None
    atlas: str | None = None
    cache: str = "memory"
    max_photo_bytes: int = 25 * 1024 * 1024
    max_photo_pixels: int = 200_000_000
    concurrency: int = field(default_factory=_cores)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the settings of the environment's ``FIELDMARK_*`` variables.

        Raises:
            SettingInvalid: a name that is unknown or a value that is malformed.
        """
        given = {name: value for name, value in environment.items() if name.startswith(_PREFIX)}
        for name in given:
            if name not in NAMES:
                raise SettingInvalid(_unknown(name))
        settings = cls()
        return cls(
            model=given.get("FIELDMARK_MODEL") or None,
            atlas=given.get("FIELDMARK_ATLAS") or None,
            cache=_choice(given, "FIELDMARK_CACHE", ("memory",), settings.cache),
            max_photo_bytes=_count(given, "FIELDMARK_MAX_PHOTO_BYTES", settings.max_photo_bytes),
            max_photo_pixels=_count(given, "FIELDMARK_MAX_PHOTO_PIXELS", settings.max_photo_pixels),
            concurrency=_count(given, "FIELDMARK_CONCURRENCY", settings.concurrency),
        )


NAMES: Final = (
    "FIELDMARK_ATLAS",
    "FIELDMARK_CACHE",
    "FIELDMARK_CONCURRENCY",
    "FIELDMARK_MAX_PHOTO_BYTES",
    "FIELDMARK_MAX_PHOTO_PIXELS",
    "FIELDMARK_MODEL",
)


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, NAMES, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(NAMES)}"
    return f"{name} is no setting of this version; {hint}"


def _count(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise SettingInvalid(f"{name} is {text!r}; it must be a whole number of 1 or more")
    return int(text)


def _choice(given: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    value = given.get(name) or default
    if value not in choices:
        raise SettingInvalid(f"{name} is {value!r}; this version knows {', '.join(choices)}")
    return value

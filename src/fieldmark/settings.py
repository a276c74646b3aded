"""Settings: the environment, read once into one frozen value; nobody else reads it."""

import difflib
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from fieldmark.errors import SettingInvalid

__all__ = ["NAMES", "Network", "RateLimit", "Settings"]

_PREFIX: Final = "FIELDMARK_"
_COLLECTOR: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""OpenTelemetry's own name; its SDK reads this and its other variables itself."""

_MIB: Final = 1024 * 1024
_PERIODS_S: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _state() -> Path:
    """Return where a program keeps its state (XDG Base Directory Specification 0.8)."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    return Path(home) / "fieldmark"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests of one client in so many seconds."""

    requests: int
    period_s: int

    def __str__(self) -> str:
        return f"{self.requests} in {self.period_s} s"


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set; ``docs/settings.md`` says what each is for.

    ``model`` and ``atlas`` are None for the ones that ship with the package; ``journal`` is None
    where nothing is kept, ``queue`` where it follows from ``concurrency``. ``traces`` is true where
    OpenTelemetry's environment names a collector.
    """

    model: str | None = None
    atlas: str | None = None
    cache: str = "memory"
    max_photo_bytes: int = 25 * _MIB
    max_photo_pixels: int = 200_000_000
    concurrency: int = field(default_factory=_cores)
    queue: int | None = None
    journal: Path | None = field(default_factory=lambda: _state() / "journal.sqlite")
    blobs: Path = field(default_factory=lambda: _state() / "photos")
    keep_photos: bool = False
    retention_days: int = 90
    api_keys: frozenset[str] = frozenset()
    rate_limit: RateLimit | None = None
    trusted_proxies: tuple[Network, ...] = ()
    cors_origins: tuple[str, ...] = ()
    tiles_url: str | None = None
    tiles_credit: str | None = None
    traces: bool = False

    @property
    def queue_places(self) -> int:
        """How many photos may wait: as set, or two for each one at work."""
        return 2 * self.concurrency if self.queue is None else self.queue

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
        values = {
            name.removeprefix(_PREFIX).lower(): _READERS[name](name, text)
            for name, text in given.items()
            if text
        }
        values["traces"] = bool(environment.get(_COLLECTOR))
        return cls(**values)  # type: ignore[arg-type]  # each reader returns its field's type


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, NAMES, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(NAMES)}"
    return f"{name} is no setting of this version; {hint}"


def _text(name: str, text: str) -> str:
    del name
    return text


def _path(name: str, text: str) -> Path:
    if "://" in text:
        raise SettingInvalid(f"{name} is {text!r}; this version knows files and folders only")
    return Path(text)


def _path_or_off(name: str, text: str) -> Path | None:
    return None if text == "off" else _path(name, text)


def _whole(least: int) -> Callable[[str, str], int]:
    def read(name: str, text: str) -> int:
        if not (text.isascii() and text.isdigit()) or int(text) < least:
            raise SettingInvalid(
                f"{name} is {text!r}; it must be a whole number of {least} or more"
            )
        return int(text)

    return read


def _one_of(*choices: str) -> Callable[[str, str], str]:
    def read(name: str, text: str) -> str:
        if text not in choices:
            raise SettingInvalid(f"{name} is {text!r}; this version knows {', '.join(choices)}")
        return text

    return read


def _yes_or_no(name: str, text: str) -> bool:
    return _one_of("yes", "no")(name, text) == "yes"


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _hashes(name: str, text: str) -> frozenset[str]:
    keys = frozenset(part.lower() for part in _parts(text))
    if any(not re.fullmatch(r"[0-9a-f]{64}", key) for key in keys):
        raise SettingInvalid(
            f"{name} must list SHA-256 hashes of keys, 64 hexadecimal digits each, with commas "
            "between them: printf %s KEY | sha256sum"
        )
    return keys


def _rate(name: str, text: str) -> RateLimit | None:
    if text == "off":
        return None
    match = re.fullmatch(r"([1-9][0-9]{0,8})/(second|minute|hour|day)", text)
    if match is None:
        raise SettingInvalid(
            f"{name} is {text!r}; write it as 60/minute (second, hour, day) or off"
        )
    return RateLimit(int(match.group(1)), _PERIODS_S[match.group(2)])


def _networks(name: str, text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part, strict=False) for part in _parts(text))
    except ValueError as error:
        raise SettingInvalid(
            f"{name} is {text!r}: {error}; list addresses or networks, such as 10.0.0.0/8"
        ) from error


def _origins(name: str, text: str) -> tuple[str, ...]:
    origins = tuple(_parts(text))
    for origin in origins:
        if origin != "*" and not re.fullmatch(r"https?://[\w.\-\[\]:]+", origin, re.ASCII):
            raise SettingInvalid(
                f"{name} names {origin!r}; list origins such as https://example.org, or *"
            )
    return origins


def _tiles(name: str, text: str) -> str:
    host = re.match(r"https?://[\w.\-\[\]:]+/", text, re.ASCII)
    if host is None or not all(part in text for part in ("{z}", "{x}", "{y}")):
        raise SettingInvalid(
            f"{name} is {text!r}; write it as https://tiles.example.org/{{z}}/{{x}}/{{y}}.png"
        )
    return text


_READERS: Final[Mapping[str, Callable[[str, str], object]]] = {
    "FIELDMARK_API_KEYS": _hashes,
    "FIELDMARK_ATLAS": _text,
    "FIELDMARK_BLOBS": _path,
    "FIELDMARK_CACHE": _one_of("memory"),
    "FIELDMARK_CONCURRENCY": _whole(1),
    "FIELDMARK_CORS_ORIGINS": _origins,
    "FIELDMARK_JOURNAL": _path_or_off,
    "FIELDMARK_KEEP_PHOTOS": _yes_or_no,
    "FIELDMARK_MAX_PHOTO_BYTES": _whole(1),
    "FIELDMARK_MAX_PHOTO_PIXELS": _whole(1),
    "FIELDMARK_MODEL": _text,
    "FIELDMARK_QUEUE": _whole(0),
    "FIELDMARK_RATE_LIMIT": _rate,
    "FIELDMARK_RETENTION_DAYS": _whole(1),
    "FIELDMARK_TILES_CREDIT": _text,
    "FIELDMARK_TILES_URL": _tiles,
    "FIELDMARK_TRUSTED_PROXIES": _networks,
}

NAMES: Final = tuple(_READERS)

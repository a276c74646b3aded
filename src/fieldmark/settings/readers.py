"""How each variable of the environment is read: name → text → value."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from fieldmark.errors import SettingInvalid
from fieldmark.settings.values import CacheUrl, DatabaseUrl, Network, RateLimit, S3Place

__all__ = ["READERS"]

T = TypeVar("T")

_PERIODS_S: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def _text(name: str, text: str) -> str:
    del name
    return text


def _model(name: str, text: str) -> str:
    if text.startswith("s3://") and not _s3(name, text).prefix:
        raise SettingInvalid(f"{name} is {text!r}; name a zip file as s3://bucket/models/name.zip")
    return text


def _path_or_s3(name: str, text: str) -> Path | S3Place:
    if "://" in text:
        return _s3(name, text)
    return Path(text)


def _file_or_s3(name: str, text: str) -> Path | S3Place:
    place = _path_or_s3(name, text)
    if isinstance(place, S3Place) and not place.prefix:
        raise SettingInvalid(f"{name} is {text!r}; name an object as s3://bucket/overrides.csv")
    return place


def _path_or_s3_or_off(name: str, text: str) -> Path | S3Place | None:
    return None if text == "off" else _path_or_s3(name, text)


def _s3(name: str, text: str) -> S3Place:
    return _parsed(name, text, S3Place.parse)


def _atlas(name: str, text: str) -> Path | DatabaseUrl:
    return _parsed(name, text, DatabaseUrl.parse) if "://" in text else Path(text)


def _cache(name: str, text: str) -> CacheUrl | None:
    return None if text == "memory" else _parsed(name, text, CacheUrl.parse)


def _function(name: str, text: str) -> str | None:
    if text == "local":
        return None
    match = re.fullmatch(r"lambda:([\w:.$-]{1,170})", text, re.ASCII)
    if match is None:
        raise SettingInvalid(f"{name} is {text!r}; write local, or lambda:NAME for a function")
    return match.group(1)


def _parsed(name: str, text: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(text)
    except ValueError as error:  # the text may hold a password: the error does not
        raise SettingInvalid(f"{name} cannot be used: {error}") from None


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


READERS: Final[Mapping[str, Callable[[str, str], object]]] = {
    "FIELDMARK_API_KEYS": _hashes,
    "FIELDMARK_ATLAS": _atlas,
    "FIELDMARK_BLOBS": _path_or_s3,
    "FIELDMARK_CACHE": _cache,
    "FIELDMARK_CACHE_AUTH": _one_of("password", "iam"),
    "FIELDMARK_CONCURRENCY": _whole(1),
    "FIELDMARK_CORS_ORIGINS": _origins,
    "FIELDMARK_DB_AUTH": _one_of("password", "iam"),
    "FIELDMARK_DB_READS": _whole(1),
    "FIELDMARK_JOURNAL": _path_or_s3_or_off,
    "FIELDMARK_KEEP_PHOTOS": _yes_or_no,
    "FIELDMARK_MAX_PHOTO_BYTES": _whole(1),
    "FIELDMARK_MAX_PHOTO_PIXELS": _whole(1),
    "FIELDMARK_METRICS": _one_of("prometheus", "emf"),
    "FIELDMARK_ML": _function,
    "FIELDMARK_MODEL": _model,
    "FIELDMARK_OVERRIDES": _file_or_s3,
    "FIELDMARK_QUEUE": _whole(0),
    "FIELDMARK_RATE_LIMIT": _rate,
    "FIELDMARK_RETENTION_DAYS": _whole(1),
    "FIELDMARK_TILES_CREDIT": _text,
    "FIELDMARK_TILES_URL": _tiles,
    "FIELDMARK_TRUSTED_PROXIES": _networks,
    "FIELDMARK_UPLOADS": _s3,
}

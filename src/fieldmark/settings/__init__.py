"""Settings: the environment, read once into one frozen value; nobody else reads it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from fieldmark.cores import cores
from fieldmark.errors import SettingInvalid
from fieldmark.settings.readers import READERS
from fieldmark.settings.values import (
    Auth,
    CacheUrl,
    DatabaseUrl,
    MetricsForm,
    Network,
    RateLimit,
    S3Place,
)

__all__ = ["NAMES", "CacheUrl", "DatabaseUrl", "Network", "RateLimit", "S3Place", "Settings"]

_PREFIX: Final = "FIELDMARK_"
_COLLECTOR: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""OpenTelemetry's own name; its SDK reads this and its other variables itself."""

_REGION: Final = "AWS_REGION"
"""AWS's own name; Lambda and Fargate set it."""

_MIB: Final = 1024 * 1024

NAMES: Final = tuple(READERS)


def _state() -> Path:
    """Return where a program keeps its state (XDG Base Directory Specification 0.8)."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    return Path(home) / "fieldmark"


def _copies() -> Path:
    """Return where a program keeps what it can fetch again; Lambda lets write in one place only."""
    if os.environ.get("AWS_LAMBDA_FUNCTION_NAME"):
        return Path("/tmp/fieldmark")  # noqa: S108  # nobody else is there
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fieldmark"


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set; ``docs/settings.md`` says what each is for.

    ``model`` and ``atlas`` are None for the ones that ship with the package, ``cache`` where this
    process alone keeps areas, ``ml`` where it identifies photos itself, else the name of the
    function that does; ``journal`` is None where nothing is kept, ``queue`` where it follows from
    ``concurrency``. ``traces`` is true where OpenTelemetry's environment names a collector;
    ``aws_region`` is what AWS's environment says of itself; ``cache_folder`` is where copies are
    kept of what lies elsewhere.
    """

    model: str | None = None
    atlas: Path | DatabaseUrl | None = None
    cache: CacheUrl | None = None
    cache_auth: Auth = "password"
    db_auth: Auth = "password"
    db_reads: int = 2
    overrides: Path | S3Place | None = None
    ml: str | None = None
    max_photo_bytes: int = 25 * _MIB
    max_photo_pixels: int = 200_000_000
    concurrency: int = field(default_factory=cores)
    queue: int | None = None
    journal: Path | S3Place | None = field(default_factory=lambda: _state() / "journal.sqlite")
    blobs: Path | S3Place = field(default_factory=lambda: _state() / "photos")
    uploads: S3Place | None = None
    keep_photos: bool = False
    retention_days: int = 90
    api_keys: frozenset[str] = frozenset()
    rate_limit: RateLimit | None = None
    trusted_proxies: tuple[Network, ...] = ()
    cors_origins: tuple[str, ...] = ()
    tiles_url: str | None = None
    tiles_credit: str | None = None
    metrics: MetricsForm = "prometheus"
    traces: bool = False
    aws_region: str | None = None
    cache_folder: Path = field(default_factory=_copies)

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
            name.removeprefix(_PREFIX).lower(): READERS[name](name, text)
            for name, text in given.items()
            if text
        }
        values["traces"] = bool(environment.get(_COLLECTOR))
        values["aws_region"] = environment.get(_REGION) or None
        return cls(**values)  # type: ignore[arg-type]  # each reader returns its field's type


def _unknown(name: str) -> str:
    import difflib  # noqa: PLC0415  # only who mistypes a name pays

    close = difflib.get_close_matches(name, NAMES, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(NAMES)}"
    return f"{name} is no setting of this version; {hint}"

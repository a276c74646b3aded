"""``fieldmark doctor``: what is configured, what answers, how long it took."""

import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import click

import fieldmark
from fieldmark import compose
from fieldmark.domain.position import Position
from fieldmark.entrypoints.problems import Exit
from fieldmark.errors import FieldmarkError, SourceBroken, Unavailable
from fieldmark.lookup import animals_of
from fieldmark.settings import NAMES, Settings

__all__ = ["command"]

_LIBRARIES: Final = ("numpy", "onnxruntime", "pillow", "pi-heif", "h3", "msgspec")
_SOMEWHERE: Final = Position(-24.99, 31.55)
_SOMEWHERE_NAMED: Final = "Kruger National Park"
_SHOWN: Final = 20
_NOBODYS: Final = "0" * 32
"""A name that nothing has: asking for it reads nothing and tells that somebody answers."""

_UNSET: Final = {
    "FIELDMARK_MODEL": "as shipped",
    "FIELDMARK_ATLAS": "as shipped",
    "FIELDMARK_CACHE": "memory",
    "FIELDMARK_ML": "local",
    "FIELDMARK_QUEUE": "twice the concurrency",
    "FIELDMARK_JOURNAL": "off",
    "FIELDMARK_RATE_LIMIT": "off",
}
"""What a setting without a value means; without one here it means none."""


@dataclass(frozen=True, slots=True)
class _Finding:
    """One thing that was tried; ``error`` is None where it answers."""

    part: str
    says: str
    error: str | None
    took_ms: float


@click.command("doctor")
def command() -> int:
    """Say what is configured, what answers and how long it took."""
    settings = Settings.from_environment()
    click.echo(f"fieldmark {fieldmark.__version__}, Python {platform.python_version()}")
    click.echo(", ".join(f"{name} {version(name)}" for name in _LIBRARIES))
    for name in NAMES:
        click.echo(f"  {name} = {_shown(settings, name)}")
    broken = 0
    for finding in _findings(settings):
        broken += finding.error is not None
        state = "ok" if finding.error is None else "BROKEN"
        says = finding.error or finding.says
        click.echo(f"{state:6}  {finding.part:9}{finding.took_ms:8.1f} ms  {says}")
    for limit in _limits(settings):
        click.echo(f"        {limit}")
    return Exit.SETUP if broken else Exit.OK


def _shown(settings: Settings, name: str) -> str:
    """Return a setting in words; of keys only how many there are, as not even hashes are shown."""
    value: object = getattr(settings, name.removeprefix("FIELDMARK_").lower())
    if isinstance(value, frozenset):
        return f"{len(value)} set" if value else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return _UNSET.get(name, "none") if value is None else str(value)


def _findings(settings: Settings) -> Iterator[_Finding]:
    yield _tried("model", lambda: _model(settings))
    yield _tried("atlas", lambda: _atlas(settings))
    yield _tried("area", lambda: _area(settings))
    if settings.overrides is not None:
        yield _tried("overrides", lambda: _overrides(settings))
    yield _tried("places", lambda: _places(settings))
    yield _tried("journal", lambda: _journal(settings))
    yield _tried("photos", lambda: _photos(settings))
    yield _tried("uploads", lambda: _uploads(settings))


def _limits(settings: Settings) -> Iterator[str]:
    """Yield what the service lets people do, as it is set."""
    yield (
        f"load: {settings.concurrency} photos at once and {settings.queue_places} waiting, for all "
        "worker processes together; more are refused"
    )
    if settings.rate_limit is None:
        yield "rate: no limit"
    else:
        yield f"rate: {settings.rate_limit} for each client, counted by each worker process alone"
    keys = len(settings.api_keys)
    yield (
        f"keys: {keys} may use the service" if keys else "keys: none, everyone may use the service"
    )
    yield f"traces: {'sent to OTEL_EXPORTER_OTLP_ENDPOINT' if settings.traces else 'not sent'}"


def _tried(part: str, attempt: Callable[[], str]) -> _Finding:
    start = time.perf_counter()
    says, error = "", None
    try:
        says = attempt()
    except FieldmarkError as found:
        error = str(found)
    return _Finding(part, says, error, (time.perf_counter() - start) * 1e3)


def _model(settings: Settings) -> str:
    if settings.ml is not None:
        info = compose.model_card(settings).info
        return f"{info.name} version {info.version}, run by the function {settings.ml} (not asked)"
    model = compose.classifier(settings)
    animals = sum(label.taxon is not None for label in model.labels)
    views = f"{len(model.views.views)} view(s) of {model.views.size} pixels"
    return (
        f"{model.info.name} version {model.info.version}: "
        f"{len(model.labels)} labels, {animals} of animals; {views}"
    )


def _atlas(settings: Settings) -> str:
    with closing(compose.area_store(settings)) as store:
        release = store.release()
    return (
        f"{release.name}, built on {release.built_on}: {release.known.size} taxa "
        f"at H3 resolution {release.resolution}; licence {release.licence}"
    )


def _area(settings: Settings) -> str:
    with closing(compose.area_store(settings)) as store:
        area = animals_of(store, _SOMEWHERE, 7)
    expected = sum(resident.expected for resident in area.residents)
    return f"cell {area.use.cell} in July: {expected} animals to be expected ({area.use.status})"


def _overrides(settings: Settings) -> str:
    live = compose.live_overrides(settings)
    if live is None:
        return "none"
    with closing(live):
        overrides = live.get()
    if overrides.outdated is not None:
        raise SourceBroken(overrides.outdated)
    shown = [f"\n                            {override}" for override in overrides[:_SHOWN]]
    if len(overrides) > _SHOWN:
        shown.append(f"\n                            and {len(overrides) - _SHOWN} more")
    return f"{len(overrides):,} from {settings.overrides}{''.join(shown)}"


def _places(settings: Settings) -> str:
    with closing(compose.gazetteer(settings)) as gazetteer:
        found = gazetteer.find(_SOMEWHERE_NAMED, 1)
    return "; ".join(f"{place.name}, {place.within}: {place.kind}" for place in found) or "empty"


def _journal(settings: Settings) -> str:
    journal, path = compose.journal(settings), settings.journal
    if journal is None or path is None:
        return "off: no answer is kept, so there are no permanent links"
    with closing(journal):
        if not isinstance(path, Path):
            journal.find(_NOBODYS)
            return f"kept for {settings.retention_days} days in {path}, which answers"
        to_judge = len(journal.feedback("open"))
    _require_writable(path)
    made = "" if path.exists() else "; the first answer makes it"
    return f"kept for {settings.retention_days} days, {to_judge:,} of feedback to judge{made}"


def _photos(settings: Settings) -> str:
    if not settings.keep_photos:
        return "not kept"
    where = ""
    if isinstance(settings.blobs, Path):
        _require_writable(settings.blobs)
    else:
        with closing(compose.blobs(settings)) as blobs:
            blobs.get(_NOBODYS)
        where = f" in {settings.blobs}, which answers"
    return f"kept without their metadata for {settings.retention_days} days{where}"


def _uploads(settings: Settings) -> str:
    uploads = compose.uploads(settings)
    if uploads is None:
        return "none: photos come directly"
    with closing(uploads):
        uploads.get(_NOBODYS)
        return f"laid down in {settings.uploads}, which answers; browsers post to {uploads.origin}"


def _require_writable(path: Path) -> None:
    """Check that what is there, or the folder that it will be made in, can be written to."""
    there = next(known for known in (path, *path.absolute().parents) if known.exists())
    if not os.access(there, os.W_OK) or not (there == path or there.is_dir()):
        raise Unavailable(f"{path} cannot be written: look at {there}")

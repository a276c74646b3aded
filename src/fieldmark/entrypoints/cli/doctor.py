"""``fieldmark doctor``: what is configured, what answers, how long it took."""

import platform
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

import click

import fieldmark
from fieldmark import compose
from fieldmark.domain.position import Position
from fieldmark.entrypoints.problems import Exit
from fieldmark.errors import FieldmarkError
from fieldmark.lookup import animals_of
from fieldmark.settings import NAMES, Settings

__all__ = ["command"]

_LIBRARIES: Final = ("numpy", "onnxruntime", "pillow", "pi-heif", "h3", "msgspec")
_SOMEWHERE: Final = Position(-24.99, 31.55)


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
        click.echo(f"  {name} = {_stated(settings, name.removeprefix('FIELDMARK_').lower())}")
    click.echo(f"  {_limits(settings)}")
    broken = 0
    for finding in _findings(settings):
        broken += finding.error is not None
        state = "ok" if finding.error is None else "BROKEN"
        says = finding.error or finding.says
        click.echo(f"{state:6}  {finding.part:7}{finding.took_ms:8.1f} ms  {says}")
    return Exit.SETUP if broken else Exit.OK


def _stated(settings: Settings, field: str) -> str:
    """Return a setting for people; keys are counted, never shown."""
    value = getattr(settings, field)
    if field == "api_keys":
        return f"{len(value)} set" if value else "none: everyone may use the service"
    if field == "journal" and value is None:
        return "off"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value) or "none"
    return "as shipped" if value is None else str(value)


def _limits(settings: Settings) -> str:
    """Return how much the website takes, and for whom its limits count."""
    places = f"{settings.concurrency} photos at once, {settings.queue_places} may wait"
    if settings.rate_limit is None:
        return f"website: {places}; no limit per client"
    return f"website: {places}; {settings.rate_limit} per client, counted in each worker process"


def _findings(settings: Settings) -> Iterator[_Finding]:
    yield _tried("model", lambda: _model(settings))
    yield _tried("atlas", lambda: _atlas(settings))
    yield _tried("area", lambda: _area(settings))
    yield _tried("places", lambda: _places(settings))
    yield _tried("journal", lambda: _journal(settings))


def _tried(part: str, attempt: Callable[[], str]) -> _Finding:
    start = time.perf_counter()
    says, error = "", None
    try:
        says = attempt()
    except FieldmarkError as found:
        error = str(found)
    return _Finding(part, says, error, (time.perf_counter() - start) * 1e3)


def _model(settings: Settings) -> str:
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


def _places(settings: Settings) -> str:
    with closing(compose.gazetteer(settings)) as gazetteer:
        found = gazetteer.find("Kruger National Park", 1)
    return f"Kruger National Park lies in {found[0].within}" if found else "it finds nothing"


def _journal(settings: Settings) -> str:
    journal = compose.journal(settings)
    if journal is None:
        return "off: the website keeps no answers"
    with closing(journal):
        said = len(journal.feedback())
    photos = "photos are kept" if settings.keep_photos else "photos are not kept"
    return (
        f"{said} pieces of feedback; answers are kept for {settings.retention_days} days; {photos}"
    )

"""The application: a bill of materials."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from litestar import Litestar, Request, Response
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.routes import HTTPRoute
from litestar.types import Scope as LitestarScope

from fieldmark import compose
from fieldmark.adapters.model_bundle import ModelCard
from fieldmark.entrypoints.web import api, openapi
from fieldmark.entrypoints.web.asgi import App, state_of
from fieldmark.entrypoints.web.body import Budget
from fieldmark.entrypoints.web.capacity import Capacity
from fieldmark.entrypoints.web.clients import Keys, Rates
from fieldmark.entrypoints.web.envelope import Envelope
from fieldmark.entrypoints.web.faults import problem_response
from fieldmark.entrypoints.web.pages import routes as pages
from fieldmark.entrypoints.web.service import Service
from fieldmark.entrypoints.web.taxon_index import TaxonIndex
from fieldmark.errors import FieldmarkError, Unavailable
from fieldmark.keeping import Keeper
from fieldmark.ports import Classifier, Observer
from fieldmark.settings import Settings
from fieldmark.telemetry.metrics import Metrics

__all__ = ["application", "service_of", "worker"]

_BODIES_AT_ONCE: Final = 16
"""How many of the largest photos may be in memory while they come in."""

_SWEEP_S: Final = 3600.0


def worker(workers: int) -> App:
    """Return the application of one of so many processes, which share the service's capacity.

    Raises:
        SetupError: a setting is malformed, or a needed part is missing or broken.
    """
    whole = Settings.from_environment()
    share = replace(
        whole,
        concurrency=max(1, whole.concurrency // workers),
        queue=-(-whole.queue_places // workers),
    )
    return application(service_of(share))


def service_of(
    settings: Settings,
    heard_by: Callable[[Observer], Observer] = lambda own: own,
    *,
    held: bool = True,
) -> Service:
    """Return the running parts of the service; ``heard_by`` may add who hears of its events.

    ``held`` is false where the process stands still between requests: it then holds no connection.

    Raises:
        SetupError: a needed part is missing or broken.
    """
    metrics = Metrics()
    observer = heard_by(compose.observer(settings, metrics))
    model = None if settings.ml else compose.classifier(settings)
    card: Classifier | ModelCard = model or compose.model_card(settings)
    areas = compose.area_store(settings, observer, held=held)
    with suppress(Unavailable):  # a database that sleeps is no reason not to start
        areas.release()
    uploads = compose.uploads(settings, observer)
    taxa = (label.taxon for label in card.labels if label.taxon is not None)
    return Service(
        settings=settings,
        identifier=compose.identifier(settings, model, areas, observer, uploads),
        areas=areas,
        gazetteer=compose.gazetteer(settings),
        taxa=TaxonIndex(areas, taxa),
        keeper=_keeper(settings, observer),
        uploads=uploads,
        capacity=Capacity(settings.concurrency, settings.queue_places),
        budget=Budget(_BODIES_AT_ONCE * settings.max_photo_bytes),
        keys=Keys(settings.api_keys),
        rates=None if settings.rate_limit is None else Rates(settings.rate_limit),
        metrics=metrics,
        observer=observer,
        model=f"{card.info.name}, version {card.info.version}",
        examples=compose.examples(),
        domestic=_domestic(card),
        names=compose.names(settings),
    )


def _domestic(card: Classifier | ModelCard) -> frozenset[int]:
    return frozenset(
        label.taxon.id
        for label in card.labels
        if label.taxon is not None and label.setting == "domestic"
    )


def _keeper(settings: Settings, observer: Observer) -> Keeper | None:
    """Return what keeps answers, once looked into: a journal of something else stops the start.

    Raises:
        JournalBroken: the file is no journal, or one of another version.
    """
    keeper = compose.keeper(settings, observer)
    if keeper is not None:
        with suppress(Unavailable):
            keeper.find("")
    return keeper


def application(service: Service) -> App:
    """Return the ASGI application over those parts; it closes them when it ends."""
    settings = service.settings
    app = Litestar(
        [*api.routers(), pages.router()],
        dependencies={"service": Provide(lambda: service, sync_to_thread=False)},
        exception_handlers={Exception: problem_response},
        cors_config=_cors(settings),
        openapi_config=openapi.config(),
        state=State({"service": service}),
        lifespan=[_running(service)],
        before_request=_routed,
        logging_config=None,
        request_max_body_size=None,
        debug=False,
    )
    origin = None if service.uploads is None else service.uploads.origin
    return Envelope(app, settings, service.observer, origin)  # type: ignore[arg-type]  # plain ASGI


def _running(service: Service) -> "Callable[[Litestar], Any]":
    @asynccontextmanager
    async def running(_: Litestar) -> AsyncIterator[None]:
        sweeping = asyncio.create_task(_sweep(service))
        try:
            yield
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping
            await asyncio.to_thread(service.close)

    return running


async def _sweep(service: Service) -> None:
    """Forget what may be kept no longer, at the start and every hour."""
    while service.keeper is not None:
        try:
            await asyncio.to_thread(service.keeper.forget_old, datetime.now(UTC))
        except FieldmarkError as error:
            service.observer.event("sweep.failed", says=str(error))
        await asyncio.sleep(_SWEEP_S)


def _routed(request: Request[Any, Any, Any]) -> Response[None] | None:
    """Note which route it is, for metrics and the log: a path may hold what a person typed.

    Which methods a path takes is answered here: the framework tells those of its first handler.
    """
    scope: LitestarScope = request.scope
    template = scope["path_template"]
    state_of(scope)["route"] = template  # type: ignore[arg-type]
    if request.method != "OPTIONS":
        return None
    methods = {
        method
        for route in request.app.routes
        if isinstance(route, HTTPRoute) and route.path_format == template
        for method in route.methods
    }
    return Response(None, status_code=204, headers={"Allow": ", ".join(sorted(methods))})


def _cors(settings: Settings) -> CORSConfig | None:
    if not settings.cors_origins:
        return None
    return CORSConfig(
        allow_origins=list(settings.cors_origins),
        allow_methods=["GET", "POST", "DELETE", "OPTIONS"],
        allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-Delete-Token"],
        expose_headers=[
            "Retry-After",
            "RateLimit",
            "RateLimit-Policy",
            "Server-Timing",
            "X-Request-Id",
        ],
    )

"""What Fieldmark needs of uvicorn beyond its documented functions; a test holds uvicorn to it.

uvicorn's own protocol has no deadline for headers or bodies (Kludex/uvicorn#157), and closes so
that an early answer is lost to a reset. ``Config(http=...)`` takes another protocol class; each is

- made with the keywords ``config``, ``server_state``, ``app_state`` and ``_loop``,
- put by itself into ``server_state.connections`` and told to ``shutdown()`` when the server stops.

A worker that is handed its connections reads ``Server.lifespan.state``, overrides
``Server.startup`` and ``Server.capture_signals``, and sets ``Server.should_exit``.
"""

import asyncio
from typing import Any, Protocol

from fieldmark.entrypoints.web.asgi import App

__all__ = ["Config", "ServerState"]


class Config(Protocol):
    """What a connection reads of uvicorn's configuration."""

    loaded_app: App


class ServerState(Protocol):
    """What the connections of one process share."""

    connections: set[Any]
    tasks: set[asyncio.Task[None]]
    default_headers: list[tuple[bytes, bytes]]

"""uvicorn must stay what ``seam`` says that we need of it; an update that breaks it fails here."""

import asyncio
import inspect
import os
import subprocess
import sys
from collections.abc import Callable

import uvicorn
from uvicorn.lifespan.on import LifespanOn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from fieldmark.entrypoints.web.server.connection import Connection
from fieldmark.entrypoints.web.server.hosting import Host
from served import read_response, served


def parameters(function: Callable[..., object]) -> list[str]:
    return list(inspect.signature(function).parameters)


def test_our_connection_takes_what_uvicorn_hands_to_its_own() -> None:
    theirs = parameters(HttpToolsProtocol.__init__)

    assert theirs == ["self", "config", "server_state", "app_state", "_loop"]
    assert parameters(Connection.__init__)[: len(theirs)] == theirs


def test_the_state_that_connections_share_has_the_names_that_we_use() -> None:
    state = ServerState()

    assert state.connections == set()
    assert state.tasks == set()
    assert state.default_headers == []


def test_the_functions_that_we_override_are_those_that_uvicorn_calls() -> None:
    for name in ("startup", "shutdown", "capture_signals"):
        theirs, ours = getattr(uvicorn.Server, name), getattr(Host, name)
        assert parameters(theirs) == parameters(ours)
    source = inspect.getsource(uvicorn.Server)
    for call in ("self.capture_signals()", "self.startup(sockets=", "self.shutdown(sockets="):
        assert call in source
    assert "connection.shutdown()" in inspect.getsource(uvicorn.Server.shutdown)
    assert LifespanOn(uvicorn.Config("tiny_app:make", log_config=None)).state == {}


def test_a_connection_counts_while_it_is_open_and_no_longer() -> None:
    with served() as server:
        state = server.host.server_state
        with server.connect() as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            read_response(client)
            assert len(state.connections) == 1
        server.settle()

        assert not state.connections
        assert not state.tasks


def test_the_loop_is_uvloop() -> None:
    with served() as server:
        loop = type(server.host.servers[0].get_loop())

    assert loop.__module__.startswith("uvloop")
    assert issubclass(loop, asyncio.AbstractEventLoop)


def test_serving_with_workers_loads_neither_the_framework_nor_the_server_into_the_supervisor() -> (
    None
):
    code = (
        "import sys; import fieldmark.entrypoints.web.server.serving; "
        "import fieldmark.entrypoints.web.server.supervisor; "
        "heavy = {'uvicorn', 'litestar', 'httptools', 'onnxruntime'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    ).stdout

    assert said == "[]\n"

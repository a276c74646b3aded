"""A tiny ASGI application for tests of the server: each path does one thing."""

import asyncio
import hashlib
import json
import os
import sys
import threading
import time
from collections import Counter

from fieldmark.entrypoints.web.asgi import App, Receive, Scope, Send
from fieldmark.errors import SettingInvalid


class TinyApp:
    """Answers, reads, refuses, hangs; and counts what its requests went through."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        self.scopes.append(scope)
        name = scope["path"].strip("/") or "hello"
        self.seen[name] += 1
        await getattr(self, name)(scope, receive, send)

    async def hello(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await answer(send, 200, b"hello")

    async def who(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await answer(send, 200, str(os.getpid()).encode())

    async def digest(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Read the whole body and answer with its size and hash."""
        size, digest = 0, hashlib.sha256()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.seen["left"] += 1
                return
            size += len(message["body"])
            digest.update(message["body"])
            if not message["more_body"]:
                break
        await answer(send, 200, json.dumps([size, digest.hexdigest()]).encode())

    async def refuse(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer before the body is read, as for a photo that is too large."""
        await answer(send, 413, b"too large")

    async def queued(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, then wait for the client to leave."""
        while (await receive())["type"] != "http.disconnect":
            self.seen["read"] += 1
        self.seen["left"] += 1
        await answer(send, 200, b"nobody reads this")

    async def idle(self, _scope: Scope, receive: Receive, _send: Send) -> None:
        """Leave the body unread for a while, then look whether the client is still there."""
        await asyncio.sleep(0.3)
        while (await receive())["type"] != "http.disconnect":
            pass
        self.seen["left"] += 1

    async def slow(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await asyncio.sleep(1.0)
        await answer(send, 200, b"slow")

    async def hang(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await asyncio.sleep(600)
        await answer(send, 200, b"never")

    async def hang_thread(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Hang in a thread, which nothing can cancel."""
        await asyncio.get_running_loop().run_in_executor(None, time.sleep, 600)
        await answer(send, 200, b"never")

    async def block(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Hold up the whole loop, as no handler should."""
        threading.Event().wait(600)
        await answer(send, 200, b"never")

    async def big(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await answer(send, 200, b"x" * 50_000_000)

    async def stream(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for piece in (b"one ", b"", b"two"):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def crash(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ValueError("-24.99, 31.55")

    async def lie(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send less than was promised."""
        headers = [(b"content-length", b"9")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"short"})

    async def silent(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        return


async def answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


LAST: list[TinyApp] = []
"""The applications that this process made, for tests that serve in a thread."""


def make(workers: int) -> App:
    del workers
    LAST.append(TinyApp())
    return LAST[-1]


def make_broken(workers: int) -> App:
    raise SettingInvalid(f"FIELDMARK_X: {workers} workers are too many for this test")


def make_unstartable(workers: int) -> App:
    """Return an application that fails only when it starts."""
    del workers

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no model"})

    return app


def make_dying(workers: int) -> App:
    """End the process while it starts, as the kernel does when memory runs out."""
    del workers
    sys.stderr.flush()
    os._exit(9)

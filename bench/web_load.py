"""A small HTTP client that measures: closed loops, and open loops that do not wait for answers.

It sends the bytes of a raw photo on a connection of its own per client, once the server asks for
them (``Expect: 100-continue``, as curl does for more than 1 MB), and counts from the first byte
sent to the last byte of the answer.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

CONTINUE = 100


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: its status, and how long it took."""

    status: int
    took_s: float


class Client:
    """One connection, opened again when the server closes it."""

    def __init__(self, port: int, photo: bytes) -> None:
        self._port = port
        self._photo = photo
        self._head = (
            f"POST /v1/identify HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: image/jpeg\r\n"
            f"Content-Length: {len(photo)}\r\nExpect: 100-continue\r\n\r\n"
        ).encode()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self) -> Reply:
        """Send the photo and return what came back."""
        start = time.perf_counter()
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(self._head)
        try:
            status, keeps = await _answer(reader)
            if status == CONTINUE:
                writer.write(self._photo)
                status, keeps = await _answer(reader)
            else:
                keeps = False  # the body was never sent
        except (OSError, asyncio.IncompleteReadError):
            status, keeps = 0, False
        took_s = time.perf_counter() - start
        if not keeps:
            await self.close()
        return Reply(status, took_s)

    async def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    lengths = [line for line in head.splitlines() if line.startswith("content-length")]
    await reader.readexactly(sum(int(line.split(":")[1]) for line in lengths))
    return int(head.split()[1]), "connection: close" not in head


async def closed_loop(port: int, photo: bytes, clients: int, requests: int) -> list[Reply]:
    """Return the replies to so many requests by clients that each wait for their answer."""
    left = iter(range(requests))
    replies: list[Reply] = []

    async def loop() -> None:
        client = Client(port, photo)
        replies.extend([await client.ask() for _ in left])
        await client.close()

    await asyncio.gather(*(loop() for _ in range(clients)))
    return replies


async def open_loop(port: int, photo: bytes, per_second: float, seconds: float) -> list[Reply]:
    """Return the replies to requests that come at random (Poisson), whatever becomes of them."""
    rng = random.Random(7)  # noqa: S311  # the same arrivals each time
    idle: list[Client] = []
    asking: set[asyncio.Task[Reply]] = set()

    async def ask() -> Reply:
        client = idle.pop() if idle else Client(port, photo)
        reply = await client.ask()
        idle.append(client)
        return reply

    start = time.perf_counter()
    at = 0.0
    while at < seconds:
        at += rng.expovariate(per_second)
        await asyncio.sleep(max(0.0, start + at - time.perf_counter()))
        asking.add(asyncio.create_task(ask()))
    replies = await asyncio.gather(*asking)
    for client in idle:
        await client.close()
    return list(replies)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that so large a share does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

"""The double at work: in a thread of this process until a block ends."""

import asyncio
import queue
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from cloud.lambda_double.function import Function
from cloud.lambda_double.http import Server
from cloud.lambda_double.invoke_api import InvokeApi
from cloud.lambda_double.pool import Pool
from cloud.lambda_double.runtime_folder import lay_out

__all__ = ["LambdaDouble", "lambda_double", "run"]

_HANG_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class LambdaDouble:
    """Where the Invoke API is, and what stands behind it."""

    url: str
    pools: Mapping[str, Pool]

    def counted(self, function: str, what: str) -> int:
        """Return one figure of a function: ``starts``, ``events``, ``throttles``, ``frozen`` …"""
        return self.pools[function].status().get(what, 0)

    def renew(self, function: str) -> None:
        """Let the next events meet new environments, which remember nothing."""
        pool = self.pools[function]
        asyncio.run_coroutine_threadsafe(pool.renew(), pool.loop).result(_HANG_S)


@contextmanager
def lambda_double(functions: Sequence[Function], port: int = 0) -> Iterator[LambdaDouble]:
    """Serve the functions until the block ends; then no process of theirs is left."""
    ready: queue.Queue[tuple[LambdaDouble, Callable[[], object]]] = queue.Queue()

    async def main() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        end = partial(loop.call_soon_threadsafe, stop.set)
        await run(functions, port, stop, lambda double: ready.put((double, end)))

    thread = threading.Thread(target=lambda: asyncio.run(main()), name="lambda-double")
    thread.start()
    double, end = ready.get(timeout=_HANG_S)
    try:
        yield double
    finally:
        end()
        thread.join(_HANG_S)


async def run(
    functions: Sequence[Function],
    port: int,
    stop: asyncio.Event,
    begun: Callable[[LambdaDouble], None],
) -> None:
    """Serve the functions until the event is set; say where, once that is so."""
    with tempfile.TemporaryDirectory(prefix="lambda-double-") as folder:
        runtime = lay_out(Path(folder))
        pools = {function.name: Pool(function, runtime) for function in functions}
        server = await Server.started(InvokeApi(pools).served, port)
        try:
            begun(LambdaDouble(f"http://{server.address}", pools))
            await stop.wait()
        finally:
            for pool in pools.values():
                await pool.close()
            await server.close()

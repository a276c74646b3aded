"""The double at work: in a thread of this process until a block ends."""

import asyncio
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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


@contextmanager
def lambda_double(functions: Sequence[Function], port: int = 0) -> Iterator[LambdaDouble]:
    """Serve the functions until the block ends; then no process of theirs is left."""
    ready: list[LambdaDouble] = []
    is_ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def main() -> None:
        def begun(double: LambdaDouble) -> None:
            ready.append(double)
            is_ready.set()

        await run(functions, port, stop, begun)

    def work() -> None:
        try:
            loop.run_until_complete(main())
        finally:
            is_ready.set()
            loop.close()

    thread = threading.Thread(target=work, name="lambda-double")
    thread.start()
    try:
        if not is_ready.wait(_HANG_S) or not ready:
            raise RuntimeError("the double of Lambda did not start")
        yield ready[0]
    finally:
        if thread.is_alive():
            loop.call_soon_threadsafe(stop.set)
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

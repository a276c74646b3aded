"""One function on a port of loopback, until Ctrl-C."""

import argparse
import asyncio
import signal
from pathlib import Path

from cloud.lambda_double.function import Function
from cloud.lambda_double.running import LambdaDouble, run


def main() -> None:
    """Serve the function that the arguments describe."""
    function, port = _asked()
    asyncio.run(_serve(function, port))


def _asked() -> tuple[Function, int]:
    parser = argparse.ArgumentParser(prog="python -m cloud.lambda_double", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--handler", default="fieldmark.entrypoints.aws_lambda.handler")
    parser.add_argument("--root", type=Path, default=Path("src"), help="the unpacked code")
    parser.add_argument("--port", type=int, default=9001)
    parser.add_argument("--concurrency", type=int, default=10)
    parser.add_argument("--memory-mb", type=int, default=1769, help="told, not enforced")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS")
    parser.add_argument("--idle", type=float, default=300.0, metavar="SECONDS")
    parser.add_argument("--log", type=Path, help="takes what the code writes")
    parser.add_argument("--sealed", action="store_true", help="the code sees nothing but itself")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
    asked = parser.parse_args()
    function = Function(
        name=asked.name,
        handler=asked.handler,
        root=asked.root.resolve(),
        environment=dict(pair.split("=", 1) for pair in asked.env),
        memory_mb=asked.memory_mb,
        timeout_s=asked.timeout,
        concurrency=asked.concurrency,
        idle_s=asked.idle,
        log=asked.log,
        is_sealed=asked.sealed,
    )
    return function, asked.port


async def _serve(function: Function, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    def begun(double: LambdaDouble) -> None:
        print(f"A double of Lambda with the function {function.name} on {double.url}", flush=True)

    await run([function], port, stop, begun)


main()

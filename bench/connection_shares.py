"""How evenly do two worker processes share eight clients that stay connected?

Three ways to share a port: one socket that both workers accept from, a socket each with
SO_REUSEPORT, and the way of ``fieldmark serve``: the supervisor accepts and hands over. Prints in
how many of 200 rounds the busier worker had 4, 5, … 8 of the eight.

    PYTHONPATH=tests python bench/connection_shares.py
"""

import os
import signal
import socket
import time
from collections import Counter
from contextlib import ExitStack

import uvicorn

from served import read_response, running
from tiny_app import TinyApp

CLIENTS = 8
ROUNDS = 200
WHO = b"GET /who HTTP/1.1\r\nHost: x\r\n\r\n"


def bound(port: int, *, reuse_port: bool) -> socket.socket:
    """Return a socket that listens; port 0 takes any that is free."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if reuse_port:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen(1024)
    return listening


def forked(listening: socket.socket) -> int:
    """Start a worker with uvicorn's own protocol and return its id."""
    worker = os.fork()
    if not worker:
        uvicorn.Server(uvicorn.Config(TinyApp(), log_config=None, loop="uvloop")).run([listening])
        os._exit(0)
    return worker


def shares(port: int) -> dict[int, int]:
    """Return in how many rounds the busier worker had so many of the clients."""
    found: Counter[int] = Counter()
    for _ in range(ROUNDS):
        with ExitStack() as stack:
            clients = [
                stack.enter_context(socket.create_connection(("127.0.0.1", port)))
                for _ in range(CLIENTS)
            ]
            for client in clients:
                client.sendall(WHO)
            served_by = Counter(read_response(client).rpartition(b"\n")[2] for client in clients)
        found[max(served_by.values())] += 1
        time.sleep(0.005)
    return dict(sorted(found.items()))


def of_kernel(*, reuse_port: bool) -> dict[int, int]:
    """Return the shares where the kernel chooses."""
    first = bound(0, reuse_port=reuse_port)
    port = first.getsockname()[1]
    second = bound(port, reuse_port=True) if reuse_port else first
    workers = [forked(first), forked(second)]
    first.close()
    second.close()
    try:
        time.sleep(2)
        return shares(port)
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
            os.waitpid(worker, 0)


if __name__ == "__main__":
    print("one socket:  ", of_kernel(reuse_port=False))
    print("SO_REUSEPORT:", of_kernel(reuse_port=True))
    with running(workers=2) as server:
        print("handed over: ", shares(server.port))
        server.end()

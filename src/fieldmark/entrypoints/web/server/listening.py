"""The address that people connect to."""

import errno
import os
import socket
from typing import Final

from fieldmark.errors import SetupError

__all__ = ["BACKLOG", "listen", "url_of"]

BACKLOG: Final = 1024
"""Connections that the kernel keeps until they are accepted."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes any free port.

    Raises:
        SetupError: there is no such address, or the port is not to be had.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise SetupError(
            f"{host!r} is no address: {error.strerror}; choose another with --host"
        ) from error
    family, _, _, _, address = found[0]
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two servers share the port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise SetupError(_why_not(error, host, port)) from error
    listening.settimeout(0)
    return listening


def url_of(listening: socket.socket, host: str) -> str:
    """Return where the website is, with the port that was taken."""
    port = listening.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is in use; end what uses it or choose another port with --port"
        )
    if error.errno == errno.EACCES:
        return f"port {port} is reserved for the system; choose one above 1023 with --port"
    return f"cannot listen on {host}, port {port}: {error.strerror}; choose another with --host"

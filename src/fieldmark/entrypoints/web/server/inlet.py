"""The reading side of a connection: paused, resumed, and bounded where nobody wants the bytes."""

import asyncio

from fieldmark.entrypoints.web.server.bounds import Limits

__all__ = ["Inlet"]


class Inlet:
    """Where requests come from."""

    def __init__(self, transport: asyncio.Transport, limits: Limits) -> None:
        self._transport = transport
        self._limits = limits
        self._is_paused = False
        self._ahead_bytes = 0
        self._dropped_bytes = 0

    def pause(self) -> None:
        """Read no more for now; TCP then holds the client back."""
        if not self._is_paused and not self._transport.is_closing():
            self._is_paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._is_paused and not self._transport.is_closing():
            self._is_paused = False
            self._transport.resume_reading()

    def restart(self) -> None:
        """Read on, and count from nothing."""
        self._ahead_bytes = self._dropped_bytes = 0
        self.resume()

    def ahead(self, size_bytes: int) -> None:
        """Count what came while another request is at work; beyond its bound reading pauses."""
        self._ahead_bytes += size_bytes
        if self._ahead_bytes > self._limits.ahead_bytes:
            self.pause()

    def drop(self, size_bytes: int) -> bool:
        """Count what is read and dropped; return whether it is still within its bound."""
        self._dropped_bytes += size_bytes
        return self._dropped_bytes <= self._limits.discarded_bytes

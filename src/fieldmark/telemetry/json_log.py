"""The log: one line of JSON per event."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

import msgspec

__all__ = ["JsonLog"]


class JsonLog:
    """See ports.Observer. Writes each event as one line, whole, so that threads do not mix."""

    def __init__(
        self,
        stream: TextIO | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock

    def event(self, name: str, **fields: str | float | bool | None) -> None:
        """See ports.Observer."""
        at = self._clock().isoformat(timespec="milliseconds")
        line = msgspec.json.encode({"at": at, "event": name, **fields}).decode()
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            # Whoever read the log has gone, or the disk is full: answering goes on.
            return

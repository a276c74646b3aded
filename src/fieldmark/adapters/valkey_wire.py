"""The protocol of Valkey (RESP 2), as much of it as a cache needs; no I/O.

Source: https://valkey.io/topics/protocol/
"""

from dataclasses import dataclass
from typing import Final

__all__ = [
    "MAX_BULK_BYTES",
    "Oversized",
    "ProtocolBroken",
    "Refusal",
    "Replies",
    "Reply",
    "command",
]

MAX_BULK_BYTES: Final = 1024 * 1024
_MAX_LINE_BYTES: Final = 4096
_END: Final = b"\r\n"
_ABSENT: Final = -1


class ProtocolBroken(ValueError):
    """The bytes are no reply that this module reads."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error that the server replied: its first word says which, and the line what about."""

    line: str

    @property
    def code(self) -> str:
        """The first word, such as MOVED or OOM."""
        return self.line.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class Oversized:
    """A value of more than ``MAX_BULK_BYTES`` begins here; what follows cannot be read."""

    size_bytes: int


Reply = bytes | str | int | Refusal | Oversized | None
"""A value, a status, a number, an error, or that there is no such key."""


def command(*words: bytes) -> bytes:
    """Return a command as it is sent."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        parts += (b"$%d\r\n" % len(word), word, _END)
    return b"".join(parts)


class Replies:
    """Bytes of a stream in, replies out."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def is_empty(self) -> bool:
        """Whether all that was fed has been taken."""
        return not self._buffer

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        self._buffer += data

    def take(self, count: int) -> list[Reply]:
        """Return the replies that are complete, ``count`` at most; after an ``Oversized`` none.

        Raises:
            ProtocolBroken: what comes next is no reply.
        """
        replies: list[Reply] = []
        start = 0
        while len(replies) < count and not (replies and isinstance(replies[-1], Oversized)):
            found = self._reply_at(start)
            if found is None:
                break
            reply, start = found
            replies.append(reply)
        del self._buffer[:start]
        return replies

    def _reply_at(self, start: int) -> tuple[Reply, int] | None:
        """Return the reply that begins there and where it ends, None while it is not whole."""
        end = self._buffer.find(_END, start, start + _MAX_LINE_BYTES)
        if end < 0:
            if len(self._buffer) - start >= _MAX_LINE_BYTES:
                raise ProtocolBroken(f"no line of a reply has {_MAX_LINE_BYTES} bytes")
            return None
        kind, line = self._buffer[start : start + 1], bytes(self._buffer[start + 1 : end])
        after = end + len(_END)
        if kind == b"$":
            return self._bulk(_number(line), after)
        return _short(bytes(kind), line), after

    def _bulk(self, size_bytes: int, start: int) -> tuple[Reply, int] | None:
        if size_bytes == _ABSENT:
            return None, start
        if size_bytes < 0:
            raise ProtocolBroken(f"{size_bytes} is no length of a value")
        if size_bytes > MAX_BULK_BYTES:
            return Oversized(size_bytes), start
        end = start + size_bytes
        if len(self._buffer) < end + len(_END):
            return None
        if self._buffer[end : end + len(_END)] != _END:
            raise ProtocolBroken("a value does not end where its length says")
        return bytes(self._buffer[start:end]), end + len(_END)


def _short(kind: bytes, line: bytes) -> Reply:
    match kind:
        case b"+":
            return _text(line)
        case b"-":
            return Refusal(_text(line))
        case b":":
            return _number(line)
        case _:
            raise ProtocolBroken(f"no reply begins with {kind!r}")


def _number(line: bytes) -> int:
    digits = line[1:] if line[:1] == b"-" else line
    if not digits.isdigit() or len(digits) > 19:
        raise ProtocolBroken(f"{line[:20]!r} is no number")
    return int(line)


def _text(line: bytes) -> str:
    """Return the line for people and logs: nothing in it is a control character."""
    return "".join(c if c.isprintable() else "?" for c in line.decode("utf-8", "replace"))

"""Objects of an object store, wherever an event says that they are."""

from typing import Protocol

__all__ = ["Objects"]


class Objects(Protocol):
    """Bytes by bucket and key, both as their owner named them.

    Every method raises ``Unavailable`` where the store cannot be reached.
    """

    def get(self, bucket: str, key: str, most_bytes: int) -> bytes | None:
        """Return the bytes, None where there are none.

        Raises:
            PhotoTooLarge: there are more than that; they were not read.
        """
        ...

    def put(self, bucket: str, key: str, data: bytes, content_type: str) -> None:
        """Keep the bytes, whole or not at all, in place of what was there."""
        ...

    def close(self) -> None:
        """Let go of what is open; calling it twice does no harm."""
        ...

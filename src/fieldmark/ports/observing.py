"""Who hears of what happens."""

from typing import Protocol

__all__ = ["Observer"]


class Observer(Protocol):
    """Hears of what happens, for logs and metrics; it never raises and never sees a coordinate."""

    def event(self, name: str, **fields: str | float | bool | None) -> None:
        """Take note of one event; the field names carry their units."""
        ...

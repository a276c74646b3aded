"""Telemetry: where events go. No event ever carries a coordinate or a file name."""

from collections.abc import Sequence

from fieldmark.ports import Observer

__all__ = ["Everyone", "Silence"]


class Silence:
    """See ports.Observer. Hears everything and says nothing."""

    def event(self, name: str, **fields: str | float | bool | None) -> None:
        """See ports.Observer."""


class Everyone:
    """See ports.Observer. Tells each of several observers."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = tuple(observers)

    def event(self, name: str, **fields: str | float | bool | None) -> None:
        """See ports.Observer."""
        for observer in self._observers:
            observer.event(name, **fields)

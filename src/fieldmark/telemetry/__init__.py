"""Telemetry: where events go. No event ever carries a coordinate or a file name."""

from collections.abc import Mapping, Sequence

from fieldmark.ports import Observer

__all__ = ["Everyone", "Silence", "Told"]


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


class Told:
    """See ports.Observer. Tells another one, and with each event what holds of the request.

    For a process that answers one request at a time.
    """

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._of_request: Mapping[str, str | float | bool | None] = {}

    def about(self, **fields: str | float | bool | None) -> None:
        """Set what holds of the request that begins."""
        self._of_request = fields

    def event(self, name: str, **fields: str | float | bool | None) -> None:
        """See ports.Observer."""
        self._observer.event(name, **{**self._of_request, **fields})

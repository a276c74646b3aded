"""Telemetry: where the pipeline's events go. No event ever carries a coordinate."""

__all__ = ["Silence"]


class Silence:
    """See ports.Observer. Hears everything and says nothing."""

    def event(self, name: str, **fields: str | float | bool | None) -> None:
        """See ports.Observer."""

"""Who hears of what happens."""

from fieldmark.errors import ExtraMissing
from fieldmark.ports import Observer
from fieldmark.settings import Settings
from fieldmark.telemetry import Everyone

__all__ = ["function_observer", "observer"]


def observer(settings: Settings, metrics: Observer) -> Observer:
    """Return who hears of a service's events: the metrics, the log and, where set, a collector.

    Raises:
        ExtraMissing: traces are to be sent and OpenTelemetry is not installed.
    """
    from fieldmark.telemetry.emf import Emf
    from fieldmark.telemetry.json_log import JsonLog

    log = Emf("web") if settings.metrics == "emf" else JsonLog()
    heard_by: list[Observer] = [metrics, log]
    if settings.traces:
        try:
            from fieldmark.telemetry.tracing import Tracing  # an extra
        except ImportError as error:
            raise ExtraMissing(
                "OTEL_EXPORTER_OTLP_ENDPOINT is set and traces need an extra: "
                "pip install 'fieldmark[otel]'"
            ) from error
        heard_by.append(Tracing())
    return Everyone(heard_by)


def function_observer(settings: Settings) -> Observer:
    """Return who hears of a function's events: its log, which tells the metrics where so set."""
    if settings.metrics == "emf":
        from fieldmark.telemetry.emf import Emf

        return Emf("ml")
    from fieldmark.telemetry.json_log import JsonLog

    return JsonLog()

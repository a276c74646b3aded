"""A month's bill: its lines, idle and under load."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

__all__ = ["Bill", "Estimate", "Line"]

_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Line:
    """What one thing costs in a month; ``stays`` says why it costs something while nobody asks."""

    service: str
    item: str
    usd: float
    stays: str | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """The lines of one month, those of one service together."""

    lines: tuple[Line, ...]

    @property
    def usd(self) -> float:
        """What the month costs."""
        return sum(line.usd for line in self.lines)

    def by_service(self) -> dict[str, float]:
        """Return what each service costs, in the order of the lines."""
        services = groupby(self.lines, key=lambda line: line.service)
        return {service: sum(line.usd for line in lines) for service, lines in services}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A profile's month without a request and with ``requests``; the lines of both are the same."""

    profile: str
    region: str
    requests: int
    idle: Bill
    load: Bill

    @property
    def usd_per_million(self) -> float | None:
        """What a million requests add at this load, None without any request."""
        if not self.requests:
            return None
        return (self.load.usd - self.idle.usd) * _MILLION / self.requests

    def pairs(self) -> Iterator[tuple[Line, Line]]:
        """Yield each line while idle beside the same line under load."""
        yield from zip(self.idle.lines, self.load.lines, strict=True)

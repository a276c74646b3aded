"""Numbers for people: shares, ordinals, degrees, distances, times."""

from typing import Final

__all__ = [
    "counted",
    "distance",
    "milliseconds",
    "ordinal",
    "percent",
    "place_on_earth",
    "share_of_100",
]

_KILOMETRE: Final = 1000.0
_THIN: Final = "\u202f"


def percent(share: float) -> str:
    """Return a share of 1 as a whole percentage; what is not quite nothing or all says so."""
    if share <= 0.0:
        return f"0{_THIN}%"
    if share < 0.01:
        return f"<{_THIN}1{_THIN}%"
    if 0.99 < share < 1.0:
        return f">{_THIN}99{_THIN}%"
    return f"{round(share * 100)}{_THIN}%"


def share_of_100(share: float) -> float:
    """Return a share of 1 as a length out of 100, with one decimal."""
    return round(min(max(share, 0.0), 1.0) * 100, 1)


def counted(number: int, noun: str) -> str:
    """Return how many there are of what the noun names: 1 visit, 1,412 visits."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}".replace(",", _THIN)


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 4th, … 11th, … 21st."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def place_on_earth(latitude: float, longitude: float) -> str:
    """Return a position as a map writes it."""
    return (
        f"{abs(latitude):.2f}° {'S' if latitude < 0 else 'N'}, "
        f"{abs(longitude):.2f}° {'W' if longitude < 0 else 'E'}"
    )


def distance(metres: float) -> str:
    """Return a distance in metres below a kilometre, else in kilometres."""
    if metres < _KILOMETRE:
        return f"{round(metres)}{_THIN}m"
    km = metres / _KILOMETRE
    return f"{km:.1f}{_THIN}km" if km < 10 else f"{round(km):,}{_THIN}km".replace(",", _THIN)


def milliseconds(ms: float) -> str:
    """Return a time in milliseconds, with one decimal below ten."""
    return f"{ms:.1f}{_THIN}ms" if ms < 10 else f"{round(ms)}{_THIN}ms"

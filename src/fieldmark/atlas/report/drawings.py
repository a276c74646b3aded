"""Maps and charts of the report, as inline SVG that takes its colours from the page."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from fieldmark.domain.outline import outline_of

__all__ = ["cell_map", "histogram", "month_chart"]

_SHADES: Final = 6
_SOUTHERN_EDGE_DEG: Final = -89.5
"""Below it the outline of Antarctica is the edge of the drawing and no shore."""

_MONTHS: Final = "JFMAMJJASOND"
_WIDTH, _HEIGHT = 320, 120
_PX_PER_DEG: Final = 2.5
_MOST_PX: Final = 900.0
_LEFT, _TOP, _BELOW = 34, 8, 18
_LEGEND = 46

_SHORE_PX: Final = 0.6
"""By how much a line may be off where it is drawn with fewer points."""

Line = NDArray[np.float64]
"""``[n, 2]``, longitude and latitude in degrees."""


def cell_map(title: str, values: Mapping[int, float], coast: Iterable[Line], unit: str) -> str:
    """Return cells shaded by value, in steps that grow by a constant factor, over the coast.

    Equirectangular, cut to the cells; ``values`` must not be empty.
    """
    coast = [line[line[:, 1] > _SOUTHERN_EDGE_DEG] for line in coast]
    rings = {cell: outline_of(cell) for cell in values}
    points = np.array([point for ring in rings.values() for point in ring])
    west, south = np.maximum(points.min(axis=0) - 2.0, (-180.0, -90.0))
    east, north = np.minimum(points.max(axis=0) + 2.0, (190.0, 90.0))
    scale = min(_MOST_PX / (east - west), _PX_PER_DEG * max(1.0, 240.0 / (east - west)))

    def path(line: Iterable[Sequence[float]]) -> str:
        return "M" + "L".join(f"{(x - west) * scale:.1f} {(north - y) * scale:.1f}"
                              for x, y in line)  # fmt: skip

    bounds = _bounds(list(values.values()))
    layers: dict[int, list[str]] = defaultdict(list)
    for cell, value in values.items():
        shade = _shade(int(np.searchsorted(bounds, value, side="right")), bounds)
        layers[shade].append(path(rings[cell]) + "Z")
    shapes = [f'<path class="shade-{k}" d="{"".join(d)}"/>' for k, d in sorted(layers.items())]
    shore = "".join(
        path(_simplified(part, _SHORE_PX / scale))
        for line in coast
        for part in _within(line, west, south, east, north)
    )
    width, height = (east - west) * scale, (north - south) * scale
    return "\n".join(
        [
            _head(title, width, height + _LEGEND, f"{len(values):,} cells; {unit}"),
            f'<svg x="0" y="0" width="{width:.0f}" height="{height:.0f}">',
            *shapes,
            f'<path class="coast" d="{shore}"/></svg>',
            *_legend(bounds, height + 18, unit),
            "</svg>",
        ]
    )


def month_chart(title: str, values: Sequence[float], unit: str) -> str:
    """Return twelve bars, January to December."""
    bars = [(f"{_MONTHS[month]}", value) for month, value in enumerate(values)]
    return _bars(title, bars, unit)


def histogram(title: str, values: NDArray[np.int64], unit: str) -> str:
    """Return how many of the values lie in each of up to twenty equal steps."""
    top = int(values.max(initial=0)) + 1
    step = max(1, math.ceil(top / 20))
    counts = np.bincount(values // step, minlength=math.ceil(top / step))
    labels = [str(k * step) if k % 4 == 0 else "" for k in range(counts.size)]
    return _bars(title, list(zip(labels, counts.tolist(), strict=True)), unit)


def _bars(title: str, bars: Sequence[tuple[str, float]], unit: str) -> str:
    most = max((value for _, value in bars), default=0.0) or 1.0
    each = (_WIDTH - _LEFT) / max(1, len(bars))
    floor = _TOP + _HEIGHT
    parts = [_head(title, _WIDTH, floor + _BELOW, f"largest {_short(most)} {unit}")]
    for k, (label, value) in enumerate(bars):
        height = _HEIGHT * value / most
        x = _LEFT + k * each
        parts.append(
            f'<rect class="bar" x="{x + 1:.1f}" y="{floor - height:.1f}" '
            f'width="{max(1.0, each - 2):.1f}" height="{height:.1f}"/>'
            f'<text class="tick" x="{x + each / 2:.1f}" y="{floor + 13}">{escape(label)}</text>'
        )
    parts.append(f'<text class="tick beside" x="{_LEFT - 4}" y="{_TOP + 8}">{_short(most)}</text>')
    parts.append(f'<text class="tick beside" x="{_LEFT - 4}" y="{floor}">0</text></svg>')
    return "\n".join(parts)


def _head(title: str, width: float, height: float, says: str) -> str:
    return (
        f'<svg viewBox="0 -20 {width:.0f} {height + 20:.0f}" role="img" '
        f'aria-label="{escape(title, quote=True)}">'
        f"<title>{escape(title)}</title><desc>{escape(says)}</desc>"
        f'<text class="name" x="0" y="-7">{escape(title)}</text>'
    )


def _bounds(values: Sequence[float]) -> NDArray[np.float64]:
    """Return the upper bounds of all shades but the last, from the least value to the largest.

    Of whole values they are whole too, and fewer where these are close.
    """
    positive = [value for value in values if value > 0.0] or [1.0]
    low, high = min(positive), max(positive)
    bounds = np.geomspace(low, max(high, low * 1.01), _SHADES + 1)[1:-1]
    return np.unique(np.ceil(bounds)) if all(value % 1 == 0 for value in values) else bounds


def _shade(step: int, bounds: NDArray[np.float64]) -> int:
    """Return the shade of a step, so that the last one is always the darkest."""
    return round(step * (_SHADES - 1) / bounds.size)


def _legend(bounds: NDArray[np.float64], y: float, unit: str) -> list[str]:
    names = [f"< {_short(bounds[0])}", *(f"≥ {_short(bound)}" for bound in bounds)]
    parts = [
        f'<rect class="shade-{_shade(k, bounds)}" x="{4 + 72 * k}" y="{y - 9:.0f}" width="10" '
        f'height="10"/><text class="key" x="{18 + 72 * k}" y="{y:.0f}">{escape(name)}</text>'
        for k, name in enumerate(names)
    ]
    return [*parts, f'<text class="key" x="4" y="{y + 20:.0f}">{escape(unit)}</text>']


def _within(line: Line, west: float, south: float, east: float, north: float) -> list[Line]:
    """Return the pieces of a line that run inside the frame."""
    inside = (line[:, 0] >= west) & (line[:, 0] <= east)
    inside &= (line[:, 1] >= south) & (line[:, 1] <= north)
    if not len(line):
        return []
    cuts = np.flatnonzero(np.diff(inside.astype(np.int8))) + 1
    pieces = np.split(line, cuts)
    return [piece for piece, kept in zip(pieces, (inside[0], *inside[cuts]), strict=True)
            if kept and len(piece) > 1]  # fmt: skip


def _simplified(line: Line, off_deg: float) -> Line:
    return np.asarray(shapely.LineString(line).simplify(off_deg).coords)


def _short(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:.1f} M"
    if value >= 1e4:
        return f"{value / 1e3:.0f} k"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"

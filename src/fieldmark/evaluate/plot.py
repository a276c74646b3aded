"""The reliability plot, as an inline SVG that takes its colours from the page."""

from collections.abc import Sequence
from html import escape
from typing import Final

from fieldmark.evaluate.report import Calibration, CalibrationBin

__all__ = ["reliability_plot"]

_SIDE: Final = 300
_MARGIN: Final = 46
_TICKS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)


def reliability_plot(curves: Sequence[Calibration]) -> str:
    """Return the share that is right against the score, one line per method.

    A point is a bin of the table beside it; its bar is the 95 % interval. On the dotted diagonal
    a score is what it says.
    """
    size = _SIDE + 2 * _MARGIN
    names = ", ".join(curve.method for curve in curves)
    parts = [
        f'<svg viewBox="0 0 {size} {size}" role="img" aria-labelledby="plot-title plot-text">',
        '<title id="plot-title">Reliability</title>',
        f'<desc id="plot-text">Share right against score: {escape(names)}; as in the table.</desc>',
        f'<path class="frame" d="M{_x(0)} {_y(1)}V{_y(0)}H{_x(1)}"/>',
        f'<path class="ideal" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>',
        *(_tick(value) for value in _TICKS),
        _text("axis", _x(0.5), size - 8, "score of the first animal"),
        f'<text class="axis" transform="translate(12 {_y(0.5)}) rotate(-90)">share right</text>',
        *(_curve(curve, k) for k, curve in enumerate(curves)),
        *(_legend(curve, k) for k, curve in enumerate(curves)),
        "</svg>",
    ]
    return "\n".join(parts)


def _x(value: float) -> float:
    return round(_MARGIN + value * _SIDE, 1)


def _y(value: float) -> float:
    return round(_MARGIN + (1.0 - value) * _SIDE, 1)


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(text)}</text>'


def _tick(value: float) -> str:
    below = _text("tick", _x(value), _y(0) + 16, f"{value:g}")
    beside = f'<text class="tick beside" x="{_x(0) - 6}" y="{_y(value) + 4}">{value:g}</text>'
    return below + beside


def _curve(curve: Calibration, k: int) -> str:
    line = " ".join(f"{_x(b.score)},{_y(b.right.share or 0.0)}" for b in curve.bins)
    points = "".join(_point(one) for one in curve.bins)
    return f'<g class="curve-{k}"><polyline points="{line}"/>{points}</g>'


def _point(one: CalibrationBin) -> str:
    x, share = _x(one.score), one.right.share or 0.0
    bar = f'<path d="M{x} {_y(one.right.low)}V{_y(one.right.high)}"/>'
    return f'{bar}<circle cx="{x}" cy="{_y(share)}" r="{2 + min(one.count, 36) ** 0.5:.1f}"/>'


def _legend(curve: Calibration, k: int) -> str:
    y = 14 + 16 * k
    text = _text("key", _MARGIN + 18, y + 4, f"{curve.method}, error {curve.ece:.3f}")
    return f'<g class="curve-{k}"><circle cx="{_MARGIN + 8}" cy="{y}" r="4"/></g>{text}'

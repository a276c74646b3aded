"""An SVG picture: text stays text, colours follow the reader's scheme."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Final

from palette import style

__all__ = ["Picture"]

_HEAD: Final = 4.5
"""Half the height of the field mark's head."""


class Picture:
    """A picture that is drawn from the back to the front, in pixels of ``width`` by ``height``."""

    def __init__(self, width: int, height: int, title: str, description: str) -> None:
        self._svg = ET.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {width} {height}",
                "width": str(width),
                "height": str(height),
                "role": "img",
                "aria-labelledby": "title description",
            },
        )
        self._add("title", {"id": "title"}, title)
        self._add("desc", {"id": "description"}, description)
        self._add("style", {}, "\n" + style())
        self.rect(0, 0, width, height, "sheet")

    def rect(
        self, x: float, y: float, width: float, height: float, classes: str, radius: float = 0
    ) -> None:
        """Draw a rectangle."""
        corner = {"rx": _number(radius)} if radius else {}
        where = {"x": x, "y": y, "width": width, "height": height}
        self._add("rect", {name: _number(value) for name, value in where.items()}
                  | corner | {"class": classes})  # fmt: skip

    def plate(self, x: float, y: float, width: float, height: float, edge: str = "edge") -> None:
        """Draw the site's plate: an edge, and a fine line within."""
        self.rect(x, y, width, height, "sheet")
        self.rect(x + 0.5, y + 0.5, width - 1, height - 1, f"{edge}-line")
        self.rect(x + 3.5, y + 3.5, width - 7, height - 7, "rule-line")

    def line(self, points: Sequence[tuple[float, float]], classes: str, width: float = 1.5) -> None:
        """Draw a line through these points."""
        path = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
        self._add("polyline", {"points": path, "class": classes, "stroke-width": _number(width)})

    def dashed(self, points: Sequence[tuple[float, float]], classes: str) -> None:
        """Draw a dashed line: what is not part of a request."""
        path = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
        self._add("polyline", {"points": path, "class": classes, "stroke-dasharray": "2 3"})

    def head(self, x: float, y: float, towards: str, classes: str) -> None:
        """Draw the head of a field mark whose point is at ``x``, ``y``."""
        back = {"down": (0, -1), "right": (-1, 0), "left": (1, 0), "up": (0, 1)}[towards]
        base = (x + back[0] * 8, y + back[1] * 8)
        side = (back[1] * _HEAD, back[0] * _HEAD)
        corners = [(x, y), (base[0] + side[0], base[1] + side[1]),
                   (base[0] - side[0], base[1] - side[1])]  # fmt: skip
        path = " ".join(f"{_number(a)},{_number(b)}" for a, b in corners)
        self._add("polygon", {"points": path, "class": classes})

    def dot(self, x: float, y: float, radius: float, classes: str) -> None:
        """Draw a dot."""
        where = {"cx": _number(x), "cy": _number(y), "r": _number(radius)}
        self._add("circle", where | {"class": classes})

    def text(self, x: float, y: float, words: str, classes: str = "ink") -> None:
        """Write one line; ``y`` is its base line."""
        self._add("text", {"x": _number(x), "y": _number(y), "class": classes}, words)

    def bytes(self) -> bytes:
        """Return the picture as a file, the same for the same picture."""
        ET.indent(self._svg, " ")
        return ET.tostring(self._svg, encoding="unicode").encode() + b"\n"

    def _add(self, tag: str, attributes: dict[str, str], text: str | None = None) -> None:
        ET.SubElement(self._svg, tag, attributes).text = text


def _number(value: float) -> str:
    return f"{round(value, 2):g}"

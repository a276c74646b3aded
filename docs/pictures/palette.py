"""The site's colours, light and dark, read from its style sheet."""

import re
from pathlib import Path
from typing import Final

__all__ = ["TOKENS", "style"]

ROOT: Final = Path(__file__).resolve().parents[2]
SHEET: Final = ROOT / "src/fieldmark/entrypoints/web/static/css/site.css"
TOKENS: Final = ("ground", "sheet", "ink", "faint", "rule", "edge", "accent", "mark", "looks",
                 "place", "wash")  # fmt: skip
FONTS: Final = """text { font-family: sans-serif; font-size: 12.5px; }
.serif { font-family: Georgia, serif; }
.module { font-family: monospace; font-size: 10.5px; }
.title { font-family: Georgia, serif; font-size: 19px; }
.said { font-family: Georgia, serif; font-style: italic; font-size: 13px; }
.small { font-size: 11px; }
.middle { text-anchor: middle; }
.end { text-anchor: end; }
.figure { font-family: Georgia, serif; font-size: 13px; font-variant-numeric: lining-nums; }
"""
"""Generic families: a picture asks nobody for fonts."""


def style() -> str:
    """Return the rules of a picture: a class to fill and one to stroke for each token."""
    sheet = SHEET.read_text(encoding="utf-8")
    dark_at = sheet.index("@media (prefers-color-scheme: dark)")
    light = rules(tokens(sheet[:dark_at]))
    dark = rules(tokens(sheet[dark_at:]))
    return f"{FONTS}{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n"


def tokens(css: str) -> dict[str, str]:
    """Return the first value of each token."""
    found: dict[str, str] = {}
    for name, value in re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", css):
        found.setdefault(name, value)
    return {name: found[name] for name in TOKENS}


def rules(colours: dict[str, str]) -> str:
    """Return the classes of these colours."""
    halo = f".halo {{ stroke: {colours['sheet']}; stroke-width: 4px; paint-order: stroke; }}\n"
    return halo + "".join(
        f".{name} {{ fill: {value}; }} .{name}-line {{ stroke: {value}; fill: none; }}\n"
        for name, value in colours.items()
    )

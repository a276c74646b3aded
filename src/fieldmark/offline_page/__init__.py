"""A page that needs nothing else: no script, no font, no request. Reports are written as one."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import Final

__all__ = ["offline_page", "section"]

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def offline_page(title: str, sections: Iterable[str]) -> str:
    """Return the whole page; ``sections`` are HTML already."""
    style = files("fieldmark.offline_page").joinpath("page.css").read_text(encoding="utf-8")
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{escape(title)}</title>",
        f"<style>\n{style}</style></head><body><main>",
        f"<h1>{escape(title)}</h1>",
        *sections,
        "</main></body></html>",
        "",
    ]
    return "\n".join(parts)


def section(
    title: str,
    lines: Sequence[str] = (),
    columns: Sequence[str] = (),
    rows: Sequence[Sequence[str]] = (),
    code: str = "",
    figures: Sequence[str] = (),
) -> str:
    """Return a heading with its sentences, its table, what to paste, and drawings in SVG."""
    parts = [f"<h2>{escape(title)}</h2>"]
    parts += [f"<p>{escape(line)}</p>" for line in lines]
    if rows:
        parts.append(_table(title, columns, rows))
    if code:
        parts.append(f"<pre><code>{escape(code)}</code></pre>")
    parts += [f"<figure>{figure}</figure>" for figure in figures]
    return "\n".join(parts)


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    name = escape(title, quote=True)
    return "\n".join(
        [
            f'<div class="wide" tabindex="0" role="region" aria-label="{name}"><table>',
            f"<caption>{escape(title)}</caption>",
            f"<thead><tr>{head}</tr></thead><tbody>",
            *_rows(rows),
            "</tbody></table></div>",
        ]
    )


def _rows(rows: Iterable[Sequence[str]]) -> Iterable[str]:
    for first, *rest in rows:
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        yield f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>'

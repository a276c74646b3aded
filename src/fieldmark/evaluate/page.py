"""The report as one page that needs nothing else: no script, no font, no request."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import Final

from fieldmark.evaluate.plot import reliability_plot
from fieldmark.evaluate.report import Report
from fieldmark.evaluate.sections import Section, sections

__all__ = ["page"]

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def page(report: Report) -> str:
    """Return the report as HTML, with the same tables as the terminal's and a reliability plot."""
    style = files("fieldmark.evaluate").joinpath("page.css").read_text(encoding="utf-8")
    plotted = [curve for curve in report.calibration if curve.method != "iNaturalist's arithmetic"]
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>Accuracy of {escape(report.model)}</title>",
        f"<style>\n{style}</style></head><body><main>",
        f"<h1>Accuracy of {escape(report.model)}</h1>",
    ]
    for section in sections(report):
        parts.append(_section(section))
        if section.plotted:
            parts.append(f"<figure>{reliability_plot(plotted)}</figure>")
    return "\n".join([*parts, "</main></body></html>", ""])


def _section(section: Section) -> str:
    parts = [f"<h2>{escape(section.title)}</h2>"]
    parts += [f"<p>{escape(line)}</p>" for line in section.lines]
    if section.rows:
        parts.append(_table(section))
    if section.code:
        parts.append(f"<pre><code>{escape(section.code)}</code></pre>")
    return "\n".join(parts)


def _table(section: Section) -> str:
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in section.columns)
    name = escape(section.title, quote=True)
    return "\n".join(
        [
            f'<div class="wide" tabindex="0" role="region" aria-label="{name}"><table>',
            f"<caption>{escape(section.title)}</caption>",
            f"<thead><tr>{head}</tr></thead><tbody>",
            *_rows(section.rows),
            "</tbody></table></div>",
        ]
    )


def _rows(rows: Iterable[Sequence[str]]) -> Iterable[str]:
    for first, *rest in rows:
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        yield f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>'

"""An accuracy report as tables for people."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fieldmark.evaluate.report import Report
from fieldmark.evaluate.sections import Section, sections

__all__ = ["show_report"]


def show_report(out: Console, report: Report) -> None:
    """Print the report, section by section."""
    for section in sections(report):
        out.print(f"[bold]{escape(section.title)}[/]")
        for line in section.lines:
            out.print(f"  {escape(line)}", soft_wrap=True)
        if section.rows:
            out.print(_table(section))
        if section.code:
            out.print(escape(section.code), soft_wrap=True)
        out.print()


def _table(section: Section) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for title in section.columns:
        table.add_column(title, overflow="fold")
    for row in section.rows:
        table.add_row(*(escape(cell) for cell in row))
    return table

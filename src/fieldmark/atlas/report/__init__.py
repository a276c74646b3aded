"""The report of a release: what it was made of, what became of each row, and how it looks.

One HTML file that opens offline. All of it is read from the release, so that an old one can be
looked at as well as a new one.
"""

from pathlib import Path

from fieldmark.atlas.content import read_content
from fieldmark.atlas.report.figures import figures_of
from fieldmark.atlas.report.page import page

__all__ = ["report_page"]


def report_page(file: Path) -> str:
    """Return the report of the release in that file, as HTML.

    Raises:
        AtlasBroken: the file is missing or no readable release.
    """
    content = read_content(file)
    return page(content, figures_of(content), file.stat().st_size)

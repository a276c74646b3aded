"""The report as one page that needs nothing else."""

from fieldmark.evaluate.plot import reliability_plot
from fieldmark.evaluate.report import Report
from fieldmark.evaluate.sections import sections
from fieldmark.offline_page import offline_page, section

__all__ = ["page"]


def page(report: Report) -> str:
    """Return the report as HTML, with the same tables as the terminal's and a reliability plot."""
    plotted = [curve for curve in report.calibration if curve.method != "iNaturalist's arithmetic"]
    return offline_page(
        f"Accuracy of {report.model}",
        [
            section(
                part.title,
                part.lines,
                part.columns,
                part.rows,
                part.code,
                [reliability_plot(plotted)] if part.plotted else (),
            )
            for part in sections(report)
        ],
    )

"""Accuracy with and without the area: fixed, broken, calibration, and what to tune."""

from fieldmark.evaluate.looks import Case, Failure, Looks, look_at
from fieldmark.evaluate.page import page
from fieldmark.evaluate.report import Report
from fieldmark.evaluate.summary import Context, report_of
from fieldmark.evaluate.truth import Truth, TruthRow, truth_of
from fieldmark.evaluate.tuning_report import tuning_of

__all__ = [
    "Case",
    "Context",
    "Failure",
    "Looks",
    "Report",
    "Truth",
    "TruthRow",
    "look_at",
    "page",
    "report_of",
    "truth_of",
    "tuning_of",
]

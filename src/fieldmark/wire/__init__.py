"""The outside shapes: JSON ↔ domain, version 1, the same at every door.

Field names are the contract's. Scores and occurrences are rounded to 4 decimals here and nowhere
else; absence is ``null``.
"""

from fieldmark.wire.answers import AnswerOut, answer_out, answer_schema
from fieldmark.wire.areas import AreaOut, area_out
from fieldmark.wire.encoding import encode
from fieldmark.wire.keeping import (
    FeedbackOut,
    answer_of_document,
    feedback_out,
    journal_document,
)
from fieldmark.wire.problems import FailureOut, ProblemOut

__all__ = [
    "AnswerOut",
    "AreaOut",
    "FailureOut",
    "FeedbackOut",
    "ProblemOut",
    "answer_of_document",
    "answer_out",
    "answer_schema",
    "area_out",
    "encode",
    "feedback_out",
    "journal_document",
]

"""The outside shapes: JSON ↔ domain, version 1, the same at every door.

Field names are the contract's. Scores and occurrences are rounded to 4 decimals here and nowhere
else; absence is ``null``.
"""

from fieldmark.wire.answers import AnswerOut, answer_out, answer_schema
from fieldmark.wire.areas import AreaOut, area_out
from fieldmark.wire.encoding import encode
from fieldmark.wire.problems import FailureOut, ProblemOut

__all__ = [
    "AnswerOut",
    "AreaOut",
    "FailureOut",
    "ProblemOut",
    "answer_out",
    "answer_schema",
    "area_out",
    "encode",
]

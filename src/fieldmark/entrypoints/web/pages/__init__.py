"""The pages: what their templates show, as frozen values; the words live in ``words``."""

from fieldmark.entrypoints.web.pages.answer_view import AnswerView, answer_view
from fieldmark.entrypoints.web.pages.charts import MonthChart, month_chart
from fieldmark.entrypoints.web.pages.identify_view import IdentifyView, identify_view

__all__ = [
    "AnswerView",
    "IdentifyView",
    "MonthChart",
    "answer_view",
    "identify_view",
    "month_chart",
]

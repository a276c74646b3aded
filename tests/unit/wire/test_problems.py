"""A problem is the same error on both sides of a wire."""

import inspect

import pytest

from fieldmark import errors
from fieldmark.entrypoints.problems import problem_of
from fieldmark.wire import ProblemOut, error_of

ERRORS = [
    error
    for _, error in inspect.getmembers(errors, inspect.isclass)
    if issubclass(error, errors.FieldmarkError) and error is not errors.FieldmarkError
]


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_that_was_sent_is_the_same_problem_again(
    error: type[errors.FieldmarkError],
) -> None:
    sent = problem_of(error("what was wrong"))

    back = problem_of(error_of(sent, getattr(error("x"), "retry_after_s", None)))

    assert (back.type, back.status, back.detail) == (sent.type, sent.status, sent.detail)


@pytest.mark.parametrize(
    "error",
    [
        error
        for error in ERRORS
        if issubclass(error, errors.RequestError | errors.Overloaded)
        and error is not errors.PhotoError  # nobody raises it: its kinds say what was wrong
    ],
)
def test_what_the_caller_can_do_something_about_keeps_its_class(
    error: type[errors.FieldmarkError],
) -> None:
    sent = error("what was wrong")

    back = error_of(problem_of(sent), getattr(sent, "retry_after_s", None))

    assert type(back) is error


def test_what_is_overloaded_says_when_to_come_again() -> None:
    back = error_of(problem_of(errors.Overloaded("full", 7.0)), 7.0)

    assert isinstance(back, errors.Overloaded)
    assert back.retry_after_s == 7.0


def test_a_part_that_does_not_answer_there_is_unavailable_here() -> None:
    assert type(error_of(problem_of(errors.Waking("asleep")))) is errors.Unavailable


@pytest.mark.parametrize(
    ("status", "error"), [(418, errors.RequestError), (507, errors.SetupError)]
)
def test_a_type_of_a_newer_version_is_read_by_its_status(
    status: int, error: type[errors.FieldmarkError]
) -> None:
    assert type(error_of(ProblemOut("new", "New", status, "new"))) is error

import inspect

import pytest

from fieldmark import errors
from fieldmark.entrypoints.problems import Exit, exit_of, problem_of

STATUS = {
    errors.PositionInvalid: ("position-invalid", 422),
    errors.PositionMissing: ("position-missing", 422),
    errors.DateInvalid: ("date-invalid", 422),
    errors.PhotoTooLarge: ("photo-too-large", 413),
    errors.PhotoTypeUnsupported: ("photo-type-unsupported", 415),
    errors.PhotoUnreadable: ("photo-unreadable", 422),
    errors.RequestError: ("request-invalid", 400),
    errors.ModelBroken: ("internal", 500),
    errors.Unavailable: ("overloaded", 503),
}


@pytest.mark.parametrize(("error", "expected"), STATUS.items())
def test_each_error_has_its_type_and_status(
    error: type[errors.FieldmarkError], expected: tuple[str, int]
) -> None:
    problem = problem_of(error("what was wrong"))

    assert (problem.type, problem.status, problem.detail) == (*expected, "what was wrong")


def test_a_foreign_error_says_nothing_of_the_inside() -> None:
    problem = problem_of(KeyError("/etc/secret"))

    assert (problem.type, problem.status) == ("internal", 500)
    assert "secret" not in problem.detail


def test_no_error_of_ours_is_unexpected() -> None:
    ours = [
        error
        for _, error in inspect.getmembers(errors, inspect.isclass)
        if issubclass(error, errors.FieldmarkError) and error is not errors.FieldmarkError
    ]

    assert all(problem_of(error("x")).title != problem_of(KeyError()).title for error in ours)


def test_what_the_caller_can_fix_ends_otherwise_than_what_the_keeper_must() -> None:
    assert exit_of(errors.PositionInvalid()) == Exit.USAGE
    assert exit_of(errors.PhotoUnreadable()) == Exit.SOME_FAILED
    assert exit_of(errors.AtlasBroken()) == Exit.SETUP

"""Problems as they leave: why there is no answer."""

import msgspec

__all__ = ["FailureOut", "ProblemOut"]


class ProblemOut(msgspec.Struct, frozen=True):
    """Why there is no answer, as RFC 9457 writes it."""

    type: str
    title: str
    status: int
    detail: str


class FailureOut(msgspec.Struct, frozen=True):
    """A photo that could not be answered."""

    photo: str
    problem: ProblemOut

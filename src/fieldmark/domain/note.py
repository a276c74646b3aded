"""Notes: what a person should know about how an answer came to be."""

from dataclasses import dataclass

__all__ = ["Note"]


@dataclass(frozen=True, slots=True)
class Note:
    """One remark on an answer: a stable code for programs, a sentence for people."""

    code: str
    text: str

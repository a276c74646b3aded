"""Fieldmark names the animal in a photo, using what it shows and where and when it was taken.

>>> import fieldmark
>>> with fieldmark.open() as identifier:
...     answer = identifier.identify(photo, at=fieldmark.Position(-24.99, 31.55))

Importing this package loads no vendor library: each name is fetched when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fieldmark.domain.answer import Answer as Answer
    from fieldmark.domain.position import Position as Position
    from fieldmark.entrypoints.library import Session as Session
    from fieldmark.entrypoints.library import open as open  # noqa: A004  # the contract's name
    from fieldmark.errors import FieldmarkError as FieldmarkError
    from fieldmark.settings import Settings as Settings

__all__ = ["Answer", "FieldmarkError", "Position", "Session", "Settings", "open"]
__version__ = "0.1.0"

_HOMES = {
    "Answer": "fieldmark.domain.answer",
    "FieldmarkError": "fieldmark.errors",
    "Position": "fieldmark.domain.position",
    "Session": "fieldmark.entrypoints.library",
    "Settings": "fieldmark.settings",
    "open": "fieldmark.entrypoints.library",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'fieldmark' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])

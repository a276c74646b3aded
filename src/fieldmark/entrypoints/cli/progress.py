"""Progress: a bar on a terminal, nothing in a pipe."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

__all__ = ["Step", "measured", "progress"]


class Step(Protocol):
    """Call it once for each photo that is done."""

    def __call__(self) -> None:
        """Count one more."""
        ...


@contextmanager
def progress(count: int, *, shown: bool) -> Iterator[Step]:
    """Show a bar on a terminal's stderr; be quiet in a pipe and for a single photo."""
    if not (shown and count > 1 and sys.stderr.isatty()):
        yield lambda: None
        return
    from rich.console import Console  # noqa: PLC0415  # rich is for people only
    from rich.progress import MofNCompleteColumn, Progress  # noqa: PLC0415

    with Progress(
        *Progress.get_default_columns(), MofNCompleteColumn(), console=Console(stderr=True)
    ) as bar:
        task = bar.add_task("Photos", total=count)
        yield lambda: bar.advance(task)


@contextmanager
def measured(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on a terminal's stderr; what is lent is told how much is done, and of how much."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console  # noqa: PLC0415  # rich is for people only
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)

"""``fieldmark journal``: what was set aside because the journal did not take it."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import click

from fieldmark import compose
from fieldmark.entrypoints.cli.log_events import MOST_LINE_BYTES, events_of, lines_of
from fieldmark.entrypoints.problems import Exit
from fieldmark.errors import JournalBroken, RequestError, SettingInvalid
from fieldmark.ports import Entry, Journal
from fieldmark.settings import Settings
from fieldmark.wire import DEFERRED, deferred_entry

__all__ = ["command"]

_GZIP: Final = b"\x1f\x8b"


@dataclass(slots=True)
class _Count:
    """What became of the answers so far."""

    new: int = 0
    there: int = 0
    broken: int = 0

    def __str__(self) -> str:
        return f"{self.new:,} taken in, {self.there:,} there already, {self.broken:,} broken"


@click.group("journal")
def command() -> None:
    """Take in what the journal did not take when it was answered."""


@command.command("recover")
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
def recover(logs: Sequence[str]) -> int:
    """Take in the answers that a LOG holds because the journal did not take them.

    LOG is a file with the service's log, or what CloudWatch exports of it, packed by gzip or not;
    - reads standard input. An answer that is there already stays as it is, so a log may be read
    again.
    """
    settings = Settings.from_environment()
    journal = compose.journal(settings)
    if journal is None:
        raise SettingInvalid("FIELDMARK_JOURNAL is off, so no answer is kept; name a place there")
    count = _Count()
    with closing(journal):
        try:
            for log in logs:
                _recover(journal, log, count)
        finally:
            click.echo(str(count))
    return Exit.SOME_FAILED if count.broken else Exit.OK


def _recover(journal: Journal, log: str, count: _Count) -> None:
    with _opened(log) as file:
        for number, line in lines_of(file):
            try:
                for entry in _entries(line):
                    if _take_in(journal, entry):
                        count.new += 1
                    else:
                        count.there += 1
            except ValueError as error:
                count.broken += 1
                click.echo(f"{log}:{number}: cannot be taken in: {error}", err=True)


def _entries(line: bytes | None) -> Sequence[Entry]:
    """Return the answers that a line holds.

    Raises:
        ValueError: it holds one that cannot be read.
    """
    if line is None:
        raise ValueError(f"the line has more than {MOST_LINE_BYTES:,} bytes")
    events = events_of(line, DEFERRED)
    if events is None:
        raise ValueError(f"it names {DEFERRED} and holds no such event")
    try:
        return [deferred_entry(event) for event in events]
    except JournalBroken as error:
        raise ValueError(str(error)) from error


def _take_in(journal: Journal, entry: Entry) -> bool:
    """Keep the answer; False where it is there already."""
    there = journal.find(entry.id)
    if there is None:
        journal.add(entry)
        return True
    if there.token_sha256 != entry.token_sha256:
        raise ValueError(f"there is another answer {entry.id!r}")
    return False


@contextmanager
def _opened(log: str) -> Iterator[IO[bytes]]:
    """Open a log, unpacked."""
    if log == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(log).open("rb") as file:
            if file.peek(len(_GZIP))[: len(_GZIP)] != _GZIP:
                yield file
                return
            with gzip.open(file) as unpacked:
                yield io.BufferedReader(unpacked)
    except (OSError, EOFError, zlib.error) as error:
        raise RequestError(f"{log} cannot be read: {error}") from error

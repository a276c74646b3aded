"""``fieldmark feedback``: what people said of answers, and what to make of it."""

import csv
import io
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import click
import msgspec

from fieldmark import compose
from fieldmark.errors import NotFound, RequestError, SettingInvalid
from fieldmark.ports import Feedback, Journal, Judgement
from fieldmark.settings import Settings
from fieldmark.wire import FeedbackOut, encode, feedback_out

__all__ = ["command"]

_JUDGEMENTS: Final[dict[str, Judgement | None]] = {
    "open": "open",
    "confirmed": "confirmed",
    "rejected": "rejected",
    "all": None,
}
_IDS = click.argument("ids", nargs=-1, required=True, metavar="ID...")


@click.group("feedback")
def command() -> None:
    """List, judge and export what people said of answers."""


@command.command("list")
@click.option(
    "--judgement",
    type=click.Choice(list(_JUDGEMENTS)),
    default="open",
    show_default=True,
    help="Only what stands so judged.",
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON each.")
def list_feedback(judgement: str, *, as_json: bool) -> None:
    """List what people said, the oldest first."""
    settings = Settings.from_environment()
    with _journal(settings) as journal:
        said = _named(settings, journal.feedback(_JUDGEMENTS[judgement]))
    if as_json:
        sys.stdout.write(_json_lines(said))
        return
    from fieldmark.entrypoints.cli import feedback_table  # noqa: PLC0415  # rich is for people only

    feedback_table.show_feedback(said, judgement)


@command.command("confirm")
@_IDS
def confirm(ids: Sequence[str]) -> None:
    """Judge that what was said is so."""
    _judge(ids, "confirmed")


@command.command("reject")
@_IDS
def reject(ids: Sequence[str]) -> None:
    """Judge that what was said is not so."""
    _judge(ids, "rejected")


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--all", "everything", is_flag=True, help="Also what is not confirmed.")
def export(file: Path, *, everything: bool) -> None:
    """Write the confirmed feedback to FILE (.csv or .jsonl), whole or not at all."""
    writers = {".csv": _csv_lines, ".jsonl": _json_lines}
    if file.suffix not in writers:
        raise RequestError(f"{file}: the name must end in .csv or .jsonl")
    settings = Settings.from_environment()
    with _journal(settings) as journal:
        said = _named(settings, journal.feedback(None if everything else "confirmed"))
    _write_whole(file, writers[file.suffix](said))
    click.echo(f"{len(said):,} of feedback → {file}")


def _judge(ids: Sequence[str], judgement: Judgement) -> None:
    """Judge all of them, or none where one is unknown."""
    with _journal(Settings.from_environment()) as journal:
        known = {feedback.id for feedback in journal.feedback()}
        for unknown in (id_ for id_ in ids if id_ not in known):
            raise NotFound(
                f"there is no feedback {unknown!r}, so nothing was judged; "
                "see: fieldmark feedback list --judgement all"
            )
        for id_ in dict.fromkeys(ids):
            journal.judge(id_, judgement)
            click.echo(f"{id_} {judgement}")


@contextmanager
def _journal(settings: Settings) -> Iterator[Journal]:
    journal = compose.journal(settings)
    if journal is None:
        raise SettingInvalid("FIELDMARK_JOURNAL is off, so no feedback is kept; name a file there")
    with closing(journal):
        yield journal


def _named(settings: Settings, feedback: Sequence[Feedback]) -> list[FeedbackOut]:
    ids = {id_ for said in feedback for id_ in (said.taxon_id, said.taxon_was) if id_ is not None}
    with closing(compose.area_store(settings)) as store:
        taxa = store.taxa(sorted(ids))
    return [feedback_out(said, taxa) for said in feedback]


def _json_lines(said: Sequence[FeedbackOut]) -> str:
    return "".join(encode(one) + "\n" for one in said)


def _csv_lines(said: Sequence[FeedbackOut]) -> str:
    text = io.StringIO()
    rows = csv.DictWriter(text, FeedbackOut.__struct_fields__, lineterminator="\n")
    rows.writeheader()
    rows.writerows(msgspec.to_builtins(one) for one in said)
    return text.getvalue()


def _write_whole(file: Path, text: str) -> None:
    """Put the text in the file's place in one step; the file is for its user only."""
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as new:
        partial = Path(new.name)
        try:
            new.write(text.encode())
            new.flush()
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)

"""The command group: each command's module is loaded only when that command runs."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

import click

import fieldmark
from fieldmark.entrypoints.problems import Exit, exit_of
from fieldmark.errors import FieldmarkError

__all__ = ["run"]

_COMMANDS: Final = {
    "area": "List the animals that live at a place.",
    "atlas": "Build, read and publish atlas releases.",
    "cost": "Estimate the month on AWS, idle and under load.",
    "doctor": "Say what is configured, what answers and how long it took.",
    "evaluate": "Measure accuracy with and without the area, and tune.",
    "feedback": "List, judge and export what people said of answers.",
    "identify": "Name the animals in photos.",
    "journal": "Take in what the journal did not take when it was answered.",
    "model": "List, check and pack model bundles.",
    "serve": "Serve the website and the HTTP API.",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        command = import_module(f"fieldmark.entrypoints.cli.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101  # a fact of this package
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(fieldmark.__version__, prog_name="fieldmark")
def _fieldmark() -> None:
    """Name the animal in a photo, using what it shows and where and when it was taken."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; an error becomes one clear line on stderr."""
    try:
        outcome = _fieldmark.main(list(arguments), "fieldmark", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        return _say("stopped", Exit.INTERRUPTED)
    except FieldmarkError as error:
        return _say(str(error), exit_of(error))
    except OSError as error:
        return _unwritable(error)
    return outcome if isinstance(outcome, int) else Exit.OK


def _unwritable(error: OSError) -> int:
    if isinstance(error, BrokenPipeError):
        # Whoever read the output has left: there is nobody to tell, and nothing more to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.SETUP
    where = f"{error.filename}: " if error.filename else ""
    return _say(f"{where}{error.strerror or error}", Exit.SETUP)


def _say(text: str, code: int) -> int:
    click.echo(f"fieldmark: {text}", err=True)
    return code

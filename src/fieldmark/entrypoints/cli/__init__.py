"""The terminal's door: ``fieldmark COMMAND``."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        import click  # noqa: F401, PLC0415  # the extra's presence decides, before anything is parsed
    except ImportError:
        sys.stderr.write("fieldmark: the command line is an extra: pip install 'fieldmark[cli]'\n")
        sys.exit(3)
    from fieldmark.entrypoints.cli.app import run  # noqa: PLC0415

    sys.exit(run(sys.argv[1:]))

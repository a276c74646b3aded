"""``python -m fieldmark``: the command line, where the command itself is not on the path."""

from fieldmark.entrypoints.cli import main

main()

"""Draws the pictures of the architecture: docs/images/architecture.svg and request.svg.

    make pictures

The figures are those of timings.json; ``measure.py`` takes them anew.
"""

import argparse
from pathlib import Path

import request
import system
from palette import ROOT
from timings import read_timings


def main() -> None:
    """Write both pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "docs/images", help="a folder")
    folder = parser.parse_args().to
    timings = read_timings()
    (folder / "architecture.svg").write_bytes(system.draw(timings))
    (folder / "request.svg").write_bytes(request.draw(timings))


if __name__ == "__main__":
    main()

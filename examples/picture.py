"""Draws docs/images/answer.svg: what the terminal shows for one example photo."""

import re
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

import fieldmark
from fieldmark.entrypoints.cli.batch import Outcome
from fieldmark.entrypoints.cli.tables import show_outcome

ROOT = Path(__file__).parents[1]
PHOTO = "examples/photos/ring-tailed-lemur.jpg"


def main() -> None:
    """Identify the photo and write the picture."""
    out = Console(record=True, width=134, file=Path("/dev/null").open("w"), highlight=False)  # noqa: SIM115
    with fieldmark.open() as identifier:
        answer = identifier.identify((ROOT / PHOTO).read_bytes(), name=PHOTO)
    out.print(f"$ fieldmark identify {PHOTO}", style="bold")
    show_outcome(out, Outcome(PHOTO, answer, None), set())
    svg = out.export_svg(title="fieldmark", theme=DIMMED_MONOKAI)
    # A picture asks nobody for fonts: whoever looks at it has one.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    (ROOT / "docs/images/answer.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()

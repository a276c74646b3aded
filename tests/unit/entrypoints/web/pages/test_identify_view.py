from pathlib import Path

from fieldmark.entrypoints.web.pages import identify_view
from fieldmark.entrypoints.web.pages.examples import EXAMPLES
from fieldmark.wire.problems import ProblemOut

ROOT = Path(__file__).parents[5]


def test_what_was_typed_comes_back_and_nothing_else_does() -> None:
    problem = ProblemOut("position-invalid", "No", 422, "why")

    view = identify_view({"place": "Kruger", "latitude": "x" * 999, "fragment": "1"}, problem)

    assert view.fields.place == "Kruger"
    assert len(view.fields.latitude) == 200
    assert view.fields.setting == "wild"
    assert view.problem is problem


def test_each_example_has_its_photo_its_small_picture_and_its_author() -> None:
    licences = (ROOT / "examples/photos/LICENSES.md").read_text(encoding="utf-8")
    small = ROOT / "src/fieldmark/entrypoints/web/static/img/examples"

    for example in EXAMPLES:
        assert (ROOT / f"examples/photos/{example.name}.jpg").is_file()
        assert (small / f"{example.name}.webp").is_file()
        line = next(line for line in licences.splitlines() if f"{example.name}.jpg" in line)
        assert example.author in line
        assert example.licence in line
        assert example.source in line

from dataclasses import replace
from pathlib import Path

from fieldmark.entrypoints.web.pages.about_view import ACCURACY, about_view
from fieldmark.settings import Settings
from releases import RELEASE

BENCHMARKS = Path(__file__).parents[5] / "docs/benchmarks.md"
SETTINGS = Settings(retention_days=30)


def test_every_figure_stands_in_the_benchmarks() -> None:
    rows = {
        line.split(" | ")[0]: line.split(" | ")[1:]
        for line in BENCHMARKS.read_text().splitlines()
        if line.startswith(("| species, first", "| genus, first"))
    }
    ours = [
        (line.alone.replace(" to ", "-"), line.with_place.replace(" to ", "-")) for line in ACCURACY
    ]

    assert ours == [
        (alone, with_place.removesuffix(" |")) for alone, _, with_place in rows.values()
    ]


def test_it_says_for_how_long_answers_are_kept() -> None:
    assert about_view(SETTINGS, "m 1", RELEASE, keeps_answers=True).days == "30 days"
    day = replace(SETTINGS, retention_days=1)
    assert about_view(day, "m 1", RELEASE, keeps_answers=True).days == "one day"


def test_where_no_answer_is_kept_no_photo_is() -> None:
    asked = replace(SETTINGS, keep_photos=True)

    assert about_view(asked, "m 1", RELEASE, keeps_answers=True).keeps_photos
    assert not about_view(asked, "m 1", RELEASE, keeps_answers=False).keeps_photos


def test_a_tile_server_is_named() -> None:
    tiled = replace(SETTINGS, tiles_url="https://tiles.example.org/{z}/{x}/{y}.png")

    assert about_view(tiled, "m 1", RELEASE, keeps_answers=True).tiles_host == "tiles.example.org"
    assert about_view(SETTINGS, "m 1", RELEASE, keeps_answers=True).tiles_host is None


def test_without_an_atlas_the_rest_still_stands() -> None:
    view = about_view(SETTINGS, "m 1", None, keeps_answers=False)

    assert (view.atlas, view.atlas_sources) == (None, ())
    assert view.accuracy == ACCURACY

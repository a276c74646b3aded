"""What the whole pipeline must hold on real photos, at home and on another continent."""

import csv
from contextlib import closing
from pathlib import Path

import pytest

from fieldmark import compose
from fieldmark.domain.vocabulary import Vocabulary
from fieldmark.entrypoints.cli.batch import read_photo
from fieldmark.entrypoints.cli.truth_file import read_truth
from fieldmark.evaluate import Case, Context, Looks, Report, TruthRow, look_at, report_of, truth_of
from fieldmark.settings import Settings

ROOT = Path(__file__).parents[2]
DATA = ROOT / "bench" / "data"
PHOTOS = ROOT.parent / "shared" / "data" / "photos"
if not PHOTOS.is_dir():
    pytest.skip(
        "no shared photos: they belong in ../shared/data/photos beside the project",
        allow_module_level=True,
    )

SETTINGS = Settings.from_environment()


def rows(name: str) -> list[TruthRow]:
    return read_truth(DATA / name, PHOTOS)


def column(name: str) -> dict[str, str]:
    with (DATA / "photos_native.csv").open(encoding="utf-8", newline="") as file:
        return {row["photo"]: row[name] for row in csv.DictReader(file)}


def report(name: str, context: Context) -> Report:
    def read(row: TruthRow) -> bytes:
        return read_photo(row.path, SETTINGS.max_photo_bytes)

    with closing(compose.local_identifier(SETTINGS)) as identifier:
        outcomes = list(
            look_at(rows(name), identifier, context.vocabulary, read, context.fusion.temperature)
        )
    cases = tuple(outcome for outcome in outcomes if isinstance(outcome, Case))
    assert len(cases) == len(outcomes), [one for one in outcomes if not isinstance(one, Case)]
    return report_of(Looks(cases, ()), context)


@pytest.fixture(scope="module")
def context() -> Context:
    model = compose.classifier(SETTINGS)
    return Context(
        model.info, Vocabulary(model.labels), model.fusion, model.thresholds, "starter atlas"
    )


@pytest.fixture(scope="module")
def native(context: Context) -> Report:
    return report("photos_native.csv", context)


@pytest.fixture(scope="module")
def elsewhere(context: Context) -> Report:
    return report("photos_elsewhere.csv", context)


def test_every_photo_is_judged_with_an_area(native: Report, elsewhere: Report) -> None:
    assert (native.judged, native.with_area) == (58, 58)
    assert (elsewhere.judged, elsewhere.with_area) == (58, 58)


def test_at_home_the_area_breaks_no_photo(native: Report) -> None:
    broken = [(c.level, c.photo, c.before, c.after) for c in native.changes if c.kind == "broken"]

    assert broken == []


def test_at_home_every_photo_that_the_area_fixes_is_named(native: Report) -> None:
    fixed = {c.photo for c in native.changes if (c.kind, c.level) == ("fixed", "species")}
    pair = next(p for p in native.paired if (p.against, p.level) == ("photo only", "species"))

    assert len(fixed) == pair.fixed


def test_at_home_the_area_is_no_worse_than_inaturalists_arithmetic(native: Report) -> None:
    against = "iNaturalist's arithmetic"
    pair = next(p for p in native.paired if (p.against, p.level) == (against, "species"))

    assert pair.difference >= 0.0


def test_on_another_continent_the_visual_winner_stays_in_the_top_three(elsewhere: Report) -> None:
    sunk = [
        (line.photo, line.winner, line.winner_rank)
        for line in elsewhere.lines
        if line.winner_rank > 3
    ]

    assert sunk == []


def test_on_another_continent_the_visual_winner_is_unusual(
    elsewhere: Report, context: Context
) -> None:
    taxa = [taxon.scientific_name for taxon in context.vocabulary.taxa]
    domestic = {name for name, kept in zip(taxa, context.vocabulary.domestic, strict=True) if kept}
    said = {line.photo: (line.winner, line.here) for line in elsewhere.lines}

    assert {
        photo: pair
        for photo, pair in said.items()
        if pair[1] != ("domestic" if pair[0] in domestic else "unusual")
    } == {}


@pytest.mark.parametrize("place", ["native", "elsewhere"])
def test_of_the_animals_without_a_class_two_at_most_are_named_wrong_and_sure(
    place: str, request: pytest.FixtureRequest
) -> None:
    found: Report = request.getfixturevalue(place)
    match = column("match")
    strangers = [line for line in found.lines if match[line.photo] == "oov"]
    wrong = [
        (line.photo, line.best)
        for line in strangers
        if line.confident and not line.rolled_up and not line.right
    ]

    assert len(strangers) == 20
    assert len(wrong) <= 2, wrong


def test_the_stated_labels_are_those_that_the_taxon_leads_to(context: Context) -> None:
    stated = [row for row in rows("photos_native.csv") if row.labels]
    other = [
        row.photo
        for row in stated
        if (truth_of(row, context.vocabulary).right[0] != _derived(row, context)).any()
    ]

    assert len(stated) > 25
    assert other == []


def _derived(row: TruthRow, context: Context) -> object:
    bare = TruthRow(row.line, row.photo, row.path, taxon=row.taxon, lineage=row.lineage)
    return truth_of(bare, context.vocabulary).right[0]


def test_both_files_tell_of_the_same_animals_on_different_continents() -> None:
    pairs = list(zip(rows("photos_native.csv"), rows("photos_elsewhere.csv"), strict=True))

    assert len({here.photo for here, _ in pairs}) == 58
    assert all((a.photo, a.taxon, a.labels) == (b.photo, b.taxon, b.labels) for a, b in pairs)
    assert [a.photo for a, b in pairs if a.region == b.region] == []

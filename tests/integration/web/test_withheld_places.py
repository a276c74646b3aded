"""Where a withheld animal lives changes nothing that the website tells anybody."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import h3.api.basic_int as h3
import pytest

from animals import JAGUAR, LION, cell_record
from fieldmark.atlas.content import ReleaseContent
from fieldmark.atlas.publish import publish_file
from fieldmark.atlas_format import pack_range, pack_record
from fieldmark.settings import Settings
from releases import ATLANTIC, KRUGER, RELEASE, TAXA
from website import running

HERE, THERE = h3.int_to_str(KRUGER), h3.int_to_str(ATLANTIC)
OF_A_CELL = (
    "/areas/{}",
    "/areas/{}?month=2&sort=name",
    "/areas/{}?group=Mammalia",
    "/areas/{}.csv",
    "/areas/{}.csv?month=2",
    "/v1/areas?cell={}",
    "/v1/areas?cell={}&month=2",
)
ASKED = (
    *(path.format(cell) for path in OF_A_CELL for cell in (HERE, THERE)),
    f"/animals/{JAGUAR.id}",
    f"/v1/taxa/{JAGUAR.id}",
    f"/v1/taxa/{JAGUAR.id}/range",
    f"/v1/taxa/{JAGUAR.id}/range?month=2",
    "/v1/taxa?q=jaguar",
    "/animals?q=jaguar",
    f"/v1/areas?cell={h3.int_to_str(h3.cell_to_parent(KRUGER, 1))}",
    "/about",
)


def with_jaguars_in(cell: int) -> ReleaseContent:
    lions = {KRUGER: {LION: 1.0}, ATLANTIC: {}}
    records = {
        place: pack_record(cell_record({**kinds, **({JAGUAR: 1.0} if place == cell else {})}))
        for place, kinds in lions.items()
    }
    every_month = 0b1111_1111_1111
    return ReleaseContent(
        release=replace(RELEASE, withheld=frozenset({JAGUAR.id})),
        taxa=[TAXA[id_] for id_ in sorted(TAXA)],
        records=list(records.values()),
        cells={place: number for number, place in enumerate(records)},
        ranges={
            LION.id: pack_range({KRUGER: every_month}),
            JAGUAR.id: pack_range({cell: every_month}),
        },
    )


def told(folder: Path, cell: int) -> Mapping[str, str]:
    file = folder / "atlas.sqlite"
    publish_file(with_jaguars_in(cell), file, check=lambda _: None)
    with running(folder, Settings(concurrency=1, atlas=file)) as site, site.client() as client:
        answers = {path: client.get(path) for path in ASKED}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {path: answer.text for path, answer in answers.items()}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    return told(tmp_path_factory.mktemp("here"), KRUGER)


def test_wherever_it_lives_every_page_and_list_says_the_same(
    here: Mapping[str, str], tmp_path: Path
) -> None:
    there = told(tmp_path, ATLANTIC)

    assert [path for path in ASKED if here[path] != there[path]] == []


def test_lists_say_that_something_is_not_listed(here: Mapping[str, str]) -> None:
    for cell in (HERE, THERE):
        assert "area-withholds" in here[f"/v1/areas?cell={cell}"]
        assert "telling where they live would harm them" in here[f"/areas/{cell}"]


def test_its_page_says_why_it_shows_no_place(here: Mapping[str, str]) -> None:
    assert "Where it lives is told to nobody" in here[f"/animals/{JAGUAR.id}"]
    assert '"withheld":true' in here[f"/v1/taxa/{JAGUAR.id}"]


def test_it_is_found_by_its_name(here: Mapping[str, str]) -> None:
    assert "Panthera onca" in here["/v1/taxa?q=jaguar"]

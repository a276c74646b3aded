"""Two releases side by side."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from click.testing import CliRunner

from animals import COUGAR, JAGUAR, LION, cell_record
from fieldmark.atlas.content import ReleaseContent, write_content
from fieldmark.atlas.diff import compare
from fieldmark.atlas_format import pack_record
from fieldmark.domain.area import CellRecord
from fieldmark.domain.taxon import Taxon
from fieldmark.entrypoints.cli.atlas import command
from releases import ATLANTIC, CONTENT, KRUGER, PACIFIC, RELEASE


def content(name: str, taxa: list[Taxon], cells: dict[int, CellRecord]) -> ReleaseContent:
    taxa = sorted(taxa, key=lambda taxon: taxon.id)
    known = np.array([taxon.id for taxon in taxa], dtype=np.int32)
    return replace(
        CONTENT,
        release=replace(RELEASE, name=name, known=known),
        taxa=taxa,
        records=[pack_record(record) for record in cells.values()],
        cells={cell: number for number, cell in enumerate(cells)},
        ranges={},
    )


def written(content: ReleaseContent, path: Path) -> Path:
    write_content(content, path)
    return path


def both(folder: Path) -> tuple[Path, Path]:
    before = content(
        "one", [LION, JAGUAR], {KRUGER: cell_record({LION: 1.0, JAGUAR: 0.05}),
                                ATLANTIC: cell_record({LION: 0.5})},
    )  # fmt: skip
    after = content(
        "two", [LION, COUGAR], {KRUGER: cell_record({LION: 0.8, COUGAR: 0.3}),
                                PACIFIC: cell_record({LION: 0.02})},
    )  # fmt: skip
    return written(before, folder / "a.sqlite"), written(after, folder / "b.sqlite")


def test_animals_and_cells_that_came_and_went_are_told_apart(tmp_path: Path) -> None:
    found = compare(*both(tmp_path))

    assert (found.added, found.removed) == ((COUGAR,), (JAGUAR,))
    assert (found.cells_gained, found.cells_lost) == (1, 1)
    assert found.lists == (1.0, 1.0)


def test_a_taxon_is_gained_and_lost_where_it_is_expected_and_where_not_any_more(
    tmp_path: Path,
) -> None:
    (lion,) = compare(*both(tmp_path)).changes

    assert (lion.taxon, lion.before, lion.after, lion.gained, lion.lost) == (LION, 2, 1, 0, 1)
    assert abs(lion.moved - (0.2 + 0.5 + 0.02) / 3) < 1e-4


def test_a_release_does_not_differ_from_itself(tmp_path: Path) -> None:
    one, _ = both(tmp_path)
    found = compare(one, one)

    assert (found.added, found.removed, found.changes) == ((), (), ())
    assert (found.cells_gained, found.cells_lost) == (0, 0)


def test_the_command_says_what_changed_in_words(tmp_path: Path) -> None:
    one, two = both(tmp_path)
    said = CliRunner().invoke(command, ["diff", str(one), str(two)])

    assert said.exit_code == 0, said.output
    assert "Added (1): Puma concolor" in said.output
    assert "Removed (1): Panthera onca" in said.output
    assert "Panthera leo" in said.output

"""Overrides that are built into a release."""

from pathlib import Path

import h3.api.basic_int as h3
import numpy as np
import pytest

from fieldmark.atlas.overrides import BuiltIn, read_built_in
from fieldmark.atlas_format import read_overrides
from fieldmark.atlas_format.overrides import HEADER
from fieldmark.domain.override import Overrides
from fieldmark.errors import SourceBroken
from taxon_rows import CHILDREN, HELD, PARENT, Rows, rows_of
from toy_earth import LION, OWL, TAXA

TOP = ",".join(HEADER) + "\n"
ALL_OF_IT = h3.int_to_str(PARENT)
ONE = h3.int_to_str(CHILDREN[0])
BASE = HELD


def said(*rows: str) -> Overrides:
    return read_overrides((TOP + "".join(f"{row},,why,who,\n" for row in rows)).encode(), "o.csv")


def applied(overrides: Overrides, *rows: Rows) -> list[Rows]:
    return list(BuiltIn(overrides, BASE).applied(rows, Rows))


def test_what_is_excluded_has_no_row_any_more() -> None:
    lions = rows_of(LION, {CHILDREN[0]: 6000, CHILDREN[1]: 6000}, records=3)

    (left,) = applied(said(f"{ONE},{LION.id},Panthera leo,exclude,"), lions)

    assert left.cell.tolist() == [CHILDREN[1]]
    assert applied(said(f"{ALL_OF_IT},{LION.id},Panthera leo,exclude,"), lions) == []


def test_what_is_excluded_everywhere_is_not_told_by_a_wider_cell_either() -> None:
    lions = rows_of(LION, {h3.cell_to_parent(PARENT, 0): 50, CHILDREN[0]: 6000})

    assert applied(said(f"{ALL_OF_IT},{LION.id},Panthera leo,exclude,"), lions) == []


def test_what_is_included_gets_rows_where_it_had_none() -> None:
    lions = rows_of(LION, {CHILDREN[0]: 60_000}, records=3)

    (rows,) = applied(said(f"{ALL_OF_IT},{LION.id},Panthera leo,include,0.25"), lions)

    assert rows.cell.tolist() == CHILDREN
    assert rows.months[:, 0].tolist() == [60_000] + [15_000] * (len(CHILDREN) - 1)
    assert rows.records[:, 0].tolist() == [3] + [0] * (len(CHILDREN) - 1)


def test_a_taxon_that_no_source_names_may_be_included() -> None:
    owls = rows_of(OWL, {CHILDREN[0]: 5})

    first, second = applied(said(f"{ONE},{LION.id},Panthera leo,include,"), owls)

    assert first is owls
    assert (second.taxon_id.tolist(), second.months[0, 0]) == ([LION.id], 30_000)


def test_what_is_boosted_stays_within_bounds_and_where_it_was() -> None:
    lions = rows_of(LION, {CHILDREN[0]: 6000, CHILDREN[1]: 60_000})

    (rows,) = applied(said(f"{ALL_OF_IT},{LION.id},Panthera leo,boost,2"), lions)

    assert rows.cell.tolist() == CHILDREN[:2]
    assert rows.months[:, 5].tolist() == [12_000, 60_000]


def test_the_parts_of_a_taxon_are_changed_together() -> None:
    parts = [rows_of(LION, {CHILDREN[k]: 6000}) for k in (1, 0)]

    (rows,) = applied(said(f"{ALL_OF_IT},{LION.id},Panthera leo,boost,0.5"), *parts)

    assert rows.cell.tolist() == CHILDREN[:2]
    assert rows.months[:, 0].tolist() == [3000, 3000]


def test_an_override_that_holds_for_no_cell_of_the_release_is_told() -> None:
    overrides = said(
        f"{ONE},{LION.id},Panthera leo,exclude,", f'"0,0,10",{LION.id},Panthera leo,exclude,'
    )

    assert BuiltIn(overrides, BASE).idle == [overrides[1]]


def test_a_release_without_cells_has_nothing_to_change() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    overrides = said(f"{ONE},{LION.id},Panthera leo,include,")

    assert list(BuiltIn(overrides, nothing).applied([], Rows)) == []


def test_overrides_are_of_taxa_that_the_atlas_may_hold(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text(TOP + f"{ONE},{LION.id},Panthera leo,exclude,,,why,who,\n")

    assert len(read_built_in(path, TAXA)) == 1


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (f"{ONE},7,Felis leo", r"taxon 7, 'Felis leo', in 8.*: the atlas may not hold it"),
        (f"{ONE},{LION.id},Felis leo", r"taxon 41964, 'Felis leo', in 8.*: Panthera leo; give"),
    ],
)
def test_other_taxa_stop_the_build(tmp_path: Path, row: str, says: str) -> None:
    path = tmp_path / "o.csv"
    path.write_text(TOP + f"{row},exclude,,,why,who,\n")

    with pytest.raises(SourceBroken, match=says):
        read_built_in(path, TAXA)


def test_more_than_a_release_can_say_of_itself_stops_the_build(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    row = f"{ONE},{LION.id},Panthera leo,exclude,,,{'why ' * 100},who,\n"
    path.write_text(TOP + row * 2000)

    with pytest.raises(SourceBroken, match=r"524,288 are the most"):
        read_built_in(path, TAXA)


def test_a_file_that_is_not_there_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match="cannot be read"):
        read_built_in(tmp_path / "none.csv", TAXA)

"""Sensitive taxa: told coarsely, or not at all."""

from pathlib import Path

import h3.api.basic_int as h3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.atlas.coarsening import coarsened
from fieldmark.atlas.sensitive import Sensitive, read_sensitive
from fieldmark.atlas.taxa import Taxa
from fieldmark.domain.taxon import Ancestor, Rank, Taxon
from fieldmark.errors import SourceBroken
from taxon_rows import CHILDREN, HELD, rows_of

CATS = Ancestor(41944, "Felidae", None, Rank.FAMILY)
PANTHERA = Ancestor(41962, "Panthera", None, Rank.GENUS)
FAMILY = Taxon(41944, "Felidae", None, Rank.FAMILY)
GENUS = Taxon(41962, "Panthera", None, Rank.GENUS, (CATS,))
LEOPARD = Taxon(41963, "Panthera pardus", None, Rank.SPECIES, (CATS, PANTHERA))
AMUR = Taxon(74832, "Panthera pardus orientalis", None, Rank.SUBSPECIES, (CATS, PANTHERA))
LION = Taxon(41964, "Panthera leo", None, Rank.SPECIES, (CATS, PANTHERA))
ALL = (FAMILY, GENUS, LEOPARD, AMUR, LION)
TAXA = Taxa({t.id: t for t in ALL}, frozenset(t.id for t in ALL))
HEADER = "taxon_id,taxon,action,resolution,reason,source\n"


def listed(tmp_path: Path, *lines: str) -> Sensitive:
    path = tmp_path / "sensitive.csv"
    path.write_text(HEADER + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return read_sensitive(path, TAXA)


def test_all_cells_under_one_parent_say_their_mean() -> None:
    rows = rows_of(LEOPARD, {CHILDREN[3]: 49_000}, records=98)

    cells, months, records = coarsened(rows.cell, rows.months, rows.records, HELD, 1)

    assert cells.tolist() == CHILDREN
    assert set(months.ravel().tolist()) == {1000}
    assert set(records.ravel().tolist()) == {2}


def test_what_is_hardly_there_stays_there() -> None:
    rows = rows_of(LEOPARD, {CHILDREN[3]: 3})

    _, months, _ = coarsened(rows.cell, rows.months, rows.records, HELD, 1)

    assert set(months.ravel().tolist()) == {1}


def test_cells_that_the_release_does_not_hold_stay_out_of_it() -> None:
    rows = rows_of(LEOPARD, {CHILDREN[3]: 400})
    held = np.array([CHILDREN[0], CHILDREN[3], CHILDREN[7]], dtype=np.int64)

    cells, months, _ = coarsened(rows.cell, rows.months, rows.records, held, 1)

    assert cells.tolist() == held.tolist()
    assert set(months.ravel().tolist()) == {133}


def test_coarser_cells_that_nobody_looked_into_say_the_same() -> None:
    middle = h3.cell_to_parent(CHILDREN[3], 2)
    rows = rows_of(LEOPARD, {middle: 50, CHILDREN[20]: 4900})
    held = np.array(sorted([middle, *CHILDREN]), dtype=np.int64)

    cells, months, _ = coarsened(rows.cell, rows.months, rows.records, held, 1)

    assert cells.tolist() == held.tolist()
    assert set(months.ravel().tolist()) == {100}


def test_coarser_cells_that_hold_base_cells_are_left_to_what_is_made_of_those() -> None:
    above = {h3.cell_to_parent(cell, 2) for cell in CHILDREN}
    rows = rows_of(LEOPARD, {CHILDREN[3]: 4900})
    held = np.array(sorted([*above, *CHILDREN]), dtype=np.int64)

    cells, _, _ = coarsened(rows.cell, rows.months, rows.records, held, 1)

    assert cells.tolist() == sorted(CHILDREN)


def test_a_parent_that_is_finer_than_the_release_changes_nothing() -> None:
    rows = rows_of(LEOPARD, {CHILDREN[3]: 3})

    cells, months, _ = coarsened(rows.cell, rows.months, rows.records, HELD, 3)

    assert (cells.tolist(), months.tolist()) == (rows.cell.tolist(), rows.months.tolist())


@given(
    st.dictionaries(st.sampled_from(HELD.tolist()), st.integers(1, 60_000), min_size=1),
    st.integers(0, 2),
)
def test_nothing_tells_cells_of_one_parent_apart_and_what_they_hold_together_stays(
    occurrence: dict[int, int], resolution: int
) -> None:
    rows = rows_of(LEOPARD, occurrence)

    cells, months, _ = coarsened(rows.cell, rows.months, rows.records, HELD, resolution)

    said: dict[int, set[tuple[int, ...]]] = {}
    for cell, year in zip(cells.tolist(), months.tolist(), strict=True):
        said.setdefault(h3.cell_to_parent(cell, resolution), set()).add(tuple(year))
    held = {h3.cell_to_parent(cell, resolution) for cell in occurrence}
    assert said.keys() == held
    assert all(len(years) == 1 for years in said.values())
    assert (np.diff(cells) > 0).all()
    assert months.max() <= 60_000
    assert abs(int(months[:, 0].sum()) - sum(occurrence.values())) <= cells.size


def test_what_holds_for_a_species_holds_for_its_parts_and_its_genus(tmp_path: Path) -> None:
    sensitive = listed(tmp_path, "41963,Panthera pardus,withhold,,poaching,IUCN")

    assert sensitive.withheld == {LEOPARD.id, AMUR.id, GENUS.id}
    assert sensitive.wider == ("Felidae",)


def test_of_two_lines_the_stricter_counts(tmp_path: Path) -> None:
    sensitive = listed(
        tmp_path,
        "41963,Panthera pardus,coarsen,2,poaching,IUCN",
        "74832,Panthera pardus orientalis,coarsen,0,poaching,IUCN",
        "41964,Panthera leo,coarsen,1,poaching,IUCN",
    )

    assert sensitive.coarse == {LEOPARD.id: 0, AMUR.id: 0, GENUS.id: 0, LION.id: 1}
    assert len(sensitive.rows) == 3


def test_taxa_that_no_atlas_holds_are_of_no_matter(tmp_path: Path) -> None:
    sensitive = listed(tmp_path, "1,Ara glaucogularis,withhold,,poaching,IUCN")

    assert (sensitive.coarse, sensitive.withheld, sensitive.rows) == ({}, frozenset(), ())


def test_only_sensitive_taxa_are_told_coarsely(tmp_path: Path) -> None:
    sensitive = listed(tmp_path, "41963,Panthera pardus,coarsen,1,poaching,IUCN")
    lions = rows_of(LION, {CHILDREN[0]: 5})
    leopards = [rows_of(LEOPARD, {CHILDREN[k]: 4900}) for k in (0, 20)]

    first, second = sensitive.applied([lions, *leopards], HELD)

    assert first is lions
    assert second.cell.tolist() == CHILDREN
    assert set(second.months.ravel().tolist()) == {200}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("x,Panthera leo,withhold,,r,s", r"sensitive\.csv:2: column taxon_id: 'x'"),
        ("41964,Felis leo,withhold,,r,s", r"column taxon: 'Felis leo': taxon 41964 is"),
        ("41964,Panthera leo,hide,,r,s", r"column action: 'hide': write coarsen or withhold"),
        ("41964,Panthera leo,coarsen,,r,s", r"column resolution: '': give an H3 resolution"),
        ("41964,Panthera leo,coarsen,16,r,s", r"column resolution: '16'"),
        ("41964,Panthera leo,withhold,3,r,s", r"column resolution: '3': leave it empty"),
        ("41964,Panthera leo,withhold,,,s", r"column reason: '': say why"),
        ("41964,Panthera leo,withhold", r"3 columns instead of 6"),
        ('"41964', r"cannot be read further"),
    ],
)
def test_a_broken_line_is_named_with_its_remedy(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(SourceBroken, match=says):
        listed(tmp_path, line)


def test_a_list_with_another_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sensitive.csv"
    path.write_text("taxon_id,action\n")

    with pytest.raises(SourceBroken, match=r"sensitive\.csv:1: the header must be"):
        read_sensitive(path, TAXA)

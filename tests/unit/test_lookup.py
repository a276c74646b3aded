from collections.abc import Sequence
from dataclasses import replace

import h3.api.basic_int as h3
import numpy as np
import pytest

from animals import AXOLOTL, JAGUAR, LION, cell_record
from fake_tiers import FlippingAreas
from fakes import FakeAreas
from fieldmark.atlas_format import pack_record
from fieldmark.domain.answer import AreaStatus
from fieldmark.domain.override import Override, OverrideAction, Overrides
from fieldmark.domain.override_area import CellArea
from fieldmark.domain.position import Position
from fieldmark.domain.taxon import Taxon
from fieldmark.errors import ReleaseGone, Unavailable, Waking
from fieldmark.lookup import LookedUp, animals_of, cells_of, look_up, range_in_use
from fieldmark.ports import FoundAreas
from releases import ATLANTIC, KRUGER, KRUGER_RECORD, RANGES, RECORDS, RELEASE, TAXA

IN_KRUGER = Position(-24.99, 31.55)
OF_RECORDS = replace(RELEASE, name="world-2026.10", starter=False)


def looked_up(store: FakeAreas, position: Position = IN_KRUGER, month: int | None = 7) -> LookedUp:
    release, shares = cells_of(position, store)
    return look_up(store, release, shares, month)


def codes(found: LookedUp) -> list[str]:
    return [note.code for note in found.notes]


def test_a_cell_of_a_recorded_atlas_is_used_as_it_is() -> None:
    found = looked_up(FakeAreas(OF_RECORDS, dict(RECORDS)))

    assert (found.use.status, found.use.tier, found.use.atlas) == (
        "used",
        "database",
        "world-2026.10",
    )
    assert found.use.cell == h3.int_to_str(KRUGER)
    assert found.use.animals == 1
    assert found.notes == ()
    assert found.view is not None
    assert found.view.within == "cell"


def test_one_query_asks_for_the_cell_and_its_parents() -> None:
    store = FakeAreas(OF_RECORDS, dict(RECORDS))

    looked_up(store)

    (asked,) = store.asked
    assert [h3.get_resolution(cell) for cell in asked] == [3, 2, 1, 0]


@pytest.mark.parametrize(
    ("release", "month", "radius_m", "status", "reasons"),
    [
        (RELEASE, 7, 0.0, "fallback", ["area-from-starter-atlas"]),
        (OF_RECORDS, None, 0.0, "fallback", ["area-without-month"]),
        (OF_RECORDS, 7, 900_000.0, "fallback", ["area-coarser", "area-from-parent-cell"]),
    ],
)
def test_each_reason_for_less_is_said(
    release: object, month: int | None, radius_m: float, status: AreaStatus, reasons: list[str]
) -> None:
    records = dict.fromkeys((KRUGER, *h3.get_res0_cells()), KRUGER_RECORD)
    store = FakeAreas(release, records)  # type: ignore[arg-type]  # one of the two releases

    found = looked_up(store, replace(IN_KRUGER, radius_m=radius_m), month)

    assert found.use.status == status
    assert codes(found) == reasons


def test_a_cell_that_the_atlas_lacks_is_spoken_for_by_its_parent() -> None:
    parent = h3.cell_to_parent(KRUGER, 2)
    found = looked_up(FakeAreas(OF_RECORDS, {parent: KRUGER_RECORD}))

    assert codes(found) == ["area-from-parent-cell"]
    assert found.view is not None
    assert found.view.within == "parent"


def test_where_nobody_has_looked_there_is_no_view() -> None:
    found = looked_up(FakeAreas(OF_RECORDS))

    assert (found.view, found.use.status, codes(found)) == (None, "empty", ["area-empty"])


def test_where_somebody_has_looked_and_found_nothing_there_is_a_view_of_nothing() -> None:
    found = looked_up(
        FakeAreas(OF_RECORDS, {ATLANTIC: pack_record(cell_record({}))}), Position(0, -30)
    )

    assert found.use.status == "used"
    assert found.use.animals == 0
    assert found.view is not None


def test_a_store_that_does_not_answer_leaves_the_photo_alone() -> None:
    class Asleep(FakeAreas):
        def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
            del cells, release
            raise Unavailable("the features database is waking up")

    found = looked_up(Asleep(RELEASE))

    assert (found.view, found.use.status, codes(found)) == (
        None,
        "unavailable",
        ["area-unavailable"],
    )
    with pytest.raises(Unavailable):
        animals_of(Asleep(RELEASE), IN_KRUGER, 7)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (Unavailable("database 10.0.0.7:5432 did not answer"), "did not answer in time"),
        (Waking("database 10.0.0.7:5432 let 0.25 s pass"), "waking up"),
    ],
)
def test_what_a_store_says_of_its_host_is_not_for_strangers(error: Unavailable, says: str) -> None:
    class Asleep(FakeAreas):
        def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
            del cells, release
            raise error

    found = looked_up(Asleep(RELEASE))
    (note,) = found.notes

    assert says in note.text
    assert "10.0.0.7" not in note.text
    assert found.error is error


def test_a_release_that_goes_away_meanwhile_is_read_anew() -> None:
    found = animals_of(FlippingAreas(RELEASE, dict(RECORDS), dict(TAXA)), IN_KRUGER, 7)
    release, cells = range_in_use(FlippingAreas(RELEASE, ranges=dict(RANGES)), LION.id)

    assert found.release.name == release.name == f"{RELEASE.name}+"
    assert found.residents
    assert cells == RANGES[LION.id]


def test_one_that_goes_away_again_and_again_is_given_up() -> None:
    store = FlippingAreas(RELEASE, dict(RECORDS), dict(TAXA), flips=5)

    with pytest.raises(ReleaseGone):
        animals_of(store, IN_KRUGER, 7)
    assert store.flips == 3


def test_a_circle_over_cells_averages_them_by_their_share() -> None:
    position = replace(IN_KRUGER, radius_m=60_000)
    store = FakeAreas(OF_RECORDS)
    _, shares = cells_of(position, store)
    nothing = pack_record(cell_record({}))
    store.records = dict.fromkeys(shares.shares, nothing) | {KRUGER: KRUGER_RECORD}

    found = look_up(store, OF_RECORDS, shares, 7)

    assert found.view is not None
    assert found.view.within == "circle"
    row = found.view.features.rows(np.array([LION.id], dtype=np.int32))[0]
    assert found.view.features.occurrence[row] == pytest.approx(shares.shares[KRUGER], abs=1e-4)


def test_the_animals_of_an_area_come_most_regular_first_without_those_of_other_months() -> None:
    store = FakeAreas(RELEASE, dict(RECORDS), known=dict(TAXA))

    winter = animals_of(store, IN_KRUGER, 7)
    year = animals_of(store, IN_KRUGER, None)

    assert [resident.taxon for resident in winter.residents] == [LION]
    assert {resident.taxon for resident in year.residents} == {LION, JAGUAR}
    assert winter.residents[0].expected


WITHHOLDS = replace(OF_RECORDS, withheld=frozenset({JAGUAR.id}))


def test_a_withheld_animal_is_in_no_list_and_in_no_count() -> None:
    store = FakeAreas(WITHHOLDS, dict(RECORDS), dict(TAXA), dict(RANGES))

    area = animals_of(store, KRUGER, 2)

    assert [resident.taxon for resident in area.residents] == [LION]
    assert area.use.animals == 1
    assert area.use.status == "used"


def test_that_something_is_withheld_is_said_everywhere_alike() -> None:
    store = FakeAreas(WITHHOLDS, dict(RECORDS), dict(TAXA), dict(RANGES))

    for where in (KRUGER, ATLANTIC, h3.latlng_to_cell(60.0, 100.0, 3)):
        assert "area-withholds" in [note.code for note in animals_of(store, where, 2).notes]


def test_a_withheld_animal_has_no_range_to_show() -> None:
    store = FakeAreas(WITHHOLDS, dict(RECORDS), dict(TAXA), dict(RANGES))

    assert range_in_use(store, JAGUAR.id) == (WITHHOLDS, {})
    assert range_in_use(store, LION.id) == (WITHHOLDS, RANGES[LION.id])


def override(action: OverrideAction, taxon: Taxon = LION, factor: float = 0.0) -> Override:
    return Override(
        CellArea(KRUGER), taxon.id, taxon.scientific_name, action, factor, tuple(range(12)),
        "none left", "A. Keeper",
    )  # fmt: skip


def with_live(*overrides: Override, outdated: str | None = None) -> FakeAreas:
    said = replace(OF_RECORDS, live=Overrides(overrides, outdated))
    return FakeAreas(said, dict(RECORDS), dict(TAXA), dict(RANGES))


def test_what_is_excluded_is_not_listed_and_not_counted() -> None:
    area = animals_of(with_live(override("exclude")), KRUGER, 2)

    assert [resident.taxon for resident in area.residents] == [JAGUAR]
    assert area.use.animals == 1
    assert area.use.status == "used"


def test_an_override_of_one_cell_leaves_the_others_alone() -> None:
    parent = h3.cell_to_parent(KRUGER, 2)
    store = with_live(override("exclude"))
    store.records[parent] = KRUGER_RECORD
    del store.records[KRUGER]
    beside = next(cell for cell in h3.cell_to_children(parent, 3) if cell != KRUGER)

    here, there = (animals_of(store, cell, 2) for cell in (KRUGER, beside))

    assert LION not in [resident.taxon for resident in here.residents]
    assert LION in [resident.taxon for resident in there.residents]


def test_under_a_circle_an_override_has_the_share_of_its_cell() -> None:
    store = with_live(override("exclude"))
    for cell in h3.grid_disk(KRUGER, 3):
        store.records[cell] = KRUGER_RECORD
    where = Position(*h3.cell_to_latlng(KRUGER), radius_m=100_000.0)
    _, shares = cells_of(where, store)

    area = animals_of(store, where, 2)

    (lion,) = (resident for resident in area.residents if resident.taxon == LION)
    assert lion.by_month[1] == pytest.approx(1.0 - shares.shares[KRUGER], abs=1e-4)


def test_what_is_included_is_known_though_the_atlas_has_never_heard_of_it() -> None:
    found = looked_up(with_live(override("include", AXOLOTL, 0.5)))

    assert found.view is not None
    assert AXOLOTL.id in found.view.known
    assert found.view.overrides[AXOLOTL.id].author == "A. Keeper"


def test_what_the_atlas_has_no_name_of_is_not_listed() -> None:
    area = animals_of(with_live(override("include", AXOLOTL, 0.5)), KRUGER, 2)

    assert AXOLOTL not in [resident.taxon for resident in area.residents]


def test_where_nobody_has_looked_an_override_says_nothing() -> None:
    store = with_live(override("include", LION, 0.5))
    store.records.clear()

    assert looked_up(store).use.status == "empty"


def test_overrides_that_are_outdated_are_told() -> None:
    assert "overrides-outdated" in codes(looked_up(with_live(outdated="line 3")))


def test_built_in_overrides_are_said_and_not_applied_again() -> None:
    said = replace(OF_RECORDS, overrides=Overrides([override("exclude")]))

    found = looked_up(FakeAreas(said, dict(RECORDS)))

    assert found.view is not None
    assert found.view.overrides[LION.id].action == "exclude"
    assert found.view.features.occurrence[0] == 1.0

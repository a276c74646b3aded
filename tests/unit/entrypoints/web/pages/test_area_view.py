import json
from dataclasses import replace

import numpy as np
import pytest

from animals import JAGUAR, LION, MAMMALS, cell_record
from fakes import FakeAreas
from fieldmark.atlas_format import pack_record
from fieldmark.domain.taxon import Rank, Taxon
from fieldmark.entrypoints.web.pages.area_view import AT_ONCE, AreaView, area_view
from fieldmark.entrypoints.web.pages.listing import Listing, listing_of
from fieldmark.errors import RequestError
from fieldmark.lookup import animals_of
from releases import ATLANTIC, KRUGER, PACIFIC, RECORDS, RELEASE, TAXA

GROUPS = [("Mammalia", "mammals"), ("Aves", "birds")]
STORE = FakeAreas(RELEASE, RECORDS, TAXA)


def view_of(
    cell: int = KRUGER,
    month: int | None = 2,
    listing: Listing = Listing(),  # noqa: B008  # frozen
    store: FakeAreas = STORE,
) -> AreaView:
    return area_view(animals_of(store, cell, month), cell, listing, GROUPS)


def test_each_animal_has_its_chance_in_the_month() -> None:
    view = view_of(month=2)

    assert [(row.name, row.percent, row.share) for row in view.rows] == [
        ("lion", "100\u202f%", 100.0), ("jaguar", "100\u202f%", 100.0),
    ]  # fmt: skip
    assert (view.when, view.column) == ("February", "In February")
    assert view.count == "2 animals, all of them to be expected."


def test_an_animal_of_other_months_is_not_listed() -> None:
    view = view_of(month=7)

    assert [row.name for row in view.rows] == ["lion"]
    assert view.count == "1 animal, all of them to be expected."


def test_without_a_month_the_best_one_counts_and_it_is_said() -> None:
    view = view_of(month=None)

    assert (view.when, view.column) == (None, "In its best month")
    assert "Without a month, each animal is shown by its best one." in view.remarks


def test_the_starter_atlas_is_called_coarse() -> None:
    assert any("coarse" in remark for remark in view_of().remarks)


@pytest.mark.parametrize(
    ("order", "names"),
    [("regular", ["lion", "jaguar"]), ("name", ["jaguar", "lion"]),
     ("scientific", ["lion", "jaguar"])],
)  # fmt: skip
def test_animals_come_in_the_order_that_was_asked_for(order: str, names: list[str]) -> None:
    assert [row.name for row in view_of(listing=listing_of({"sort": order}, GROUPS)).rows] == names


def test_a_group_without_animals_here_can_be_chosen() -> None:
    view = view_of(listing=Listing(group="Aves"))

    assert view.rows == ()
    assert not view.empty
    assert view.count == "The atlas lists none of this group here."
    assert [(choice.text, choice.aside, choice.current) for choice in view.groups] == [
        ("All", "2", False), ("Mammals", "2", False), ("Birds", "0", True),
    ]  # fmt: skip


def test_what_has_no_class_is_among_the_others() -> None:
    worm = Taxon(54960, "Nematoda", "roundworm", Rank.PHYLUM)
    store = FakeAreas(
        replace(RELEASE, known=np.array([LION.id, worm.id], dtype=np.int32)),
        {KRUGER: pack_record(cell_record({LION: 1.0, worm: 1.0}))},
        {LION.id: LION, worm.id: worm},
    )

    view = view_of(listing=Listing(group="others"), store=store)

    assert [row.name for row in view.rows] == ["roundworm"]


def test_links_change_one_thing_and_keep_the_rest() -> None:
    view = view_of(month=2, listing=Listing(group="Mammalia", order="name"))

    april = next(choice for choice in view.months if choice.text == "April")
    assert april.href == "/areas/83bcd2fffffffff?month=4&group=Mammalia&sort=name"
    assert view.months[0].href == "/areas/83bcd2fffffffff?group=Mammalia&sort=name"
    assert view.groups[0].href == "/areas/83bcd2fffffffff?month=2&sort=name"
    assert view.csv_href == "/areas/83bcd2fffffffff.csv?month=2"


def test_where_nobody_has_looked_it_says_so() -> None:
    view = view_of(PACIFIC)

    assert view.empty
    assert view.count == "Nobody has looked for animals here yet, as far as the atlas knows."


def test_where_somebody_looked_and_found_nothing_it_says_so() -> None:
    assert view_of(ATLANTIC).count == "The atlas lists no animal here."


def test_a_long_list_shows_its_beginning_and_says_how_much_is_left() -> None:
    many = [Taxon(id_, f"Genus {id_}", None, Rank.SPECIES, (MAMMALS,)) for id_ in range(1, 3001)]
    store = FakeAreas(
        replace(RELEASE, known=np.arange(1, 3001, dtype=np.int32)),
        {KRUGER: pack_record(cell_record(dict.fromkeys(many, 1.0)))},
        {taxon.id: taxon for taxon in many},
    )

    assert (len(view_of(store=store).rows), view_of(store=store).left_out) == (AT_ONCE, 2500)
    whole = view_of(store=store, listing=Listing(whole=True))
    assert (len(whole.rows), whole.left_out) == (3000, 0)


def test_the_map_holds_the_outline_and_those_around_it() -> None:
    drawn = json.loads(view_of().map)

    assert drawn["cell"]["properties"]["cell"] == "83bcd2fffffffff"
    assert len(drawn["around"]) == 6
    assert all(one["href"].startswith("/areas/83") for one in drawn["around"])


def test_the_widest_cells_have_no_wider_one() -> None:
    import h3.api.basic_int as h3

    assert view_of().wider_href == "/areas/82bcd7fffffffff?month=2"
    assert view_of(h3.cell_to_parent(KRUGER, 0)).wider_href is None


@pytest.mark.parametrize("said", [{"group": "Fungi"}, {"sort": "colour"}])
def test_what_cannot_be_listed_is_refused_by_name(said: dict[str, str]) -> None:
    with pytest.raises(RequestError, match=next(iter(said.values()))):
        listing_of(said, GROUPS)


def test_names_of_animals_lead_to_their_pages() -> None:
    assert [row.href for row in view_of().rows] == [f"/animals/{LION.id}", f"/animals/{JAGUAR.id}"]

"""What lives here, in a browser, with the shipped atlas."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from animals import LION, MAMMALS, cell_record
from fakes import FakeAreas
from fieldmark.atlas_format import pack_record
from fieldmark.domain.taxon import Rank, Taxon
from fieldmark.entrypoints.web.taxon_index import TaxonIndex
from releases import KRUGER, RELEASE
from website import DESKTOP, PHONE, Site, running, visit

AREA = "/areas/83bcd2fffffffff?month=3"
HOSTILE = '"><img src=x onerror="window.hacked=1"></script><script>window.hacked=1</script>'


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("path", ["/areas", AREA, "/areas/83bcd2fffffffff?group=Aves&sort=name"])
def test_axe_finds_nothing(
    browser: Browser, site: Site, path: str, size: dict[str, int], scheme: Any
) -> None:
    with visit(browser, site, viewport=size, color_scheme=scheme) as window:
        window.page.goto(path, wait_until="networkidle")

        assert Axe().run(window.page).response["violations"] == []
        assert window.page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_a_place_leads_to_its_cell_and_leaves_no_coordinates(browser: Browser, site: Site) -> None:
    with visit(browser, site, java_script_enabled=False) as window:
        window.page.goto("/areas")
        window.page.get_by_label("Place").fill("-24.99, 31.55")
        window.page.get_by_label("Month").select_option("March")
        window.page.get_by_role("button", name="Show the animals").click()

        assert window.page.url == site.url + AREA
        expect(window.page.get_by_role("heading", level=1)).to_have_text(
            "What lives around 24.5° S, 31.6° E"
        )
        expect(window.page.get_by_role("link", name="lion", exact=True)).to_be_visible()


def test_a_name_is_suggested_and_chosen_by_keyboard(browser: Browser, site: Site) -> None:
    with visit(browser, site) as window:
        window.page.goto("/areas")
        window.page.get_by_label("Place").press_sequentially("Kruger")
        window.page.get_by_role("option").first.wait_for()
        window.page.keyboard.press("ArrowDown")
        window.page.keyboard.press("Enter")

        window.page.wait_for_url("**/areas/8*")


def test_a_place_that_nobody_knows_comes_back_with_what_to_do(site: Site) -> None:
    with site.client() as client:
        response = client.get("/areas", params={"place": "Xyzzyq"}, headers={"Accept": "text/html"})

    assert response.status_code == 422
    assert "no place is called" in response.text
    assert 'value="Xyzzyq"' in response.text


def test_the_map_is_picked_by_mouse(browser: Browser, site: Site) -> None:
    with visit(browser, site, viewport=DESKTOP) as window:
        window.page.goto("/areas", wait_until="networkidle")
        window.page.get_by_label("Month").select_option("July")
        window.page.locator("#map").click(position={"x": 300, "y": 300})

        window.page.wait_for_url("**/areas/8*?month=7")


def test_the_map_is_picked_by_keyboard_alone(browser: Browser, site: Site) -> None:
    with visit(browser, site, viewport=DESKTOP) as window:
        window.page.goto("/areas", wait_until="networkidle")
        window.page.locator("#map").focus()
        window.page.keyboard.press("ArrowDown")
        expect(window.page.locator("#announcer")).to_contain_text("Enter picks it")
        window.page.keyboard.press("Enter")

        window.page.wait_for_url("**/areas/8*")


def test_every_animal_has_a_row_with_its_months_in_words(browser: Browser, site: Site) -> None:
    with visit(browser, site, java_script_enabled=False) as window:
        window.page.goto(AREA)

        row = window.page.get_by_role("row").filter(has=window.page.get_by_text("Panthera leo"))
        expect(row).to_contain_text("in every month")
        expect(row.get_by_role("link")).to_have_attribute("href", f"/animals/{LION.id}")
        window.page.get_by_role("link", name="Birds").click()
        expect(window.page.get_by_text("Panthera leo")).to_have_count(0)
        window.page.get_by_role("navigation", name="Month").get_by_text("Dec", exact=True).click()
        assert window.page.url.endswith("/areas/83bcd2fffffffff?month=12&group=Aves")


def test_an_area_beside_it_is_one_click_away(browser: Browser, site: Site) -> None:
    with visit(browser, site, viewport=DESKTOP) as window:
        window.page.goto(AREA, wait_until="networkidle")
        box = window.page.locator("#map").bounding_box()
        assert box is not None
        window.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 60)

        window.page.wait_for_url(lambda url: "/areas/83" in url and "83bcd2" not in url)


def test_areas_around_it_are_links_as_well(browser: Browser, site: Site) -> None:
    with visit(browser, site, java_script_enabled=False) as window:
        window.page.goto(AREA)
        window.page.get_by_text("The areas around it").click()
        links = window.page.locator("#around a")

        assert links.count() == 8
        links.first.click()
        assert "/areas/83" in window.page.url


def test_the_table_is_that_of_the_command_line(site: Site) -> None:
    with site.client() as client:
        response = client.get("/areas/83bcd2fffffffff.csv", params={"month": "3"})

    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    name = 'attachment; filename="fieldmark-83bcd2fffffffff-03.csv"'
    assert response.headers["content-disposition"] == name
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert str(LION.id) in {row["taxon_id"] for row in rows}
    assert set(rows[0]) >= {"occurrence", "here", "month_1", "month_12"}


@pytest.mark.parametrize("ending", ["", ".csv"])
def test_a_finer_cell_leads_to_the_one_that_the_atlas_has(site: Site, ending: str) -> None:
    with site.client() as client:
        response = client.get(f"/areas/85bcd2c7fffffff{ending}?month=3")

    assert response.status_code == 303
    assert response.headers["location"] == f"/areas/83bcd2fffffffff{ending}?month=3"


@pytest.mark.parametrize(
    ("path", "status"),
    [("/areas/nonsense", 422), ("/areas/83bcd2ffffffffg", 422), ("/areas/83bcd2fffffffff/x", 404),
     ("/areas/83bcd2fffffffff?month=13", 422), ("/areas/83bcd2fffffffff?group=Fungi", 400),
     ("/areas/83bcd2fffffffff?sort=size", 400), ("/areas/nonsense.csv", 422),
     ("/areas?place=1.2.3,4", 422), ("/areas?place=91,0", 422), ("/areas?month=0&place=1,1", 422)],
)  # fmt: skip
def test_what_does_not_exist_is_a_page_that_says_so(site: Site, path: str, status: int) -> None:
    with site.client() as client:
        response = client.get(path, headers={"Accept": "text/html"})

    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"


def test_where_nobody_has_looked_the_page_says_so(browser: Browser, tmp_path: Path) -> None:
    areas = FakeAreas(RELEASE)
    with running(tmp_path, areas=areas, taxa=TaxonIndex(areas, [LION])) as silent:  # noqa: SIM117
        with visit(browser, silent) as window:
            window.page.goto(AREA, wait_until="networkidle")

            expect(window.page.locator(".title")).to_contain_text("Nobody has looked")
            assert Axe().run(window.page).response["violations"] == []


def test_three_thousand_animals_with_hostile_names_stay_usable(
    browser: Browser, tmp_path: Path
) -> None:
    names = [HOSTILE, *(f"animal {number}" for number in range(2, 3001))]
    taxa = {
        id_: Taxon(id_, f"{name} sp.", name, Rank.SPECIES, (replace(MAMMALS, common_name=HOSTILE),))
        for id_, name in enumerate(names, start=1)
    }
    areas = FakeAreas(
        replace(RELEASE, known=np.arange(1, 3001, dtype=np.int32), sources=(HOSTILE,)),
        {KRUGER: pack_record(cell_record(dict.fromkeys(taxa.values(), 0.5)))},
        taxa,
        {1: {KRUGER: 0b1}},
    )
    with running(tmp_path, areas=areas, taxa=TaxonIndex(areas, [])) as crowded:  # noqa: SIM117
        with visit(browser, crowded, viewport=DESKTOP) as window:
            for path in ("/animals/1", "/animals?q=img", AREA):
                window.page.goto(path, wait_until="networkidle")
            expect(window.page.locator("tbody tr")).to_have_count(500)
            expect(window.page.get_by_text("Snails")).to_have_count(0)
            window.page.get_by_role("link", name="Show the other 2500 as well").click()
            expect(window.page.locator("tbody tr")).to_have_count(3000)

            expect(window.page.get_by_role("link", name=HOSTILE).first).to_be_visible()
            assert window.page.evaluate("window.hacked") is None

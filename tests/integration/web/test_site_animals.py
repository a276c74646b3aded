"""Animals, in a browser, with the shipped atlas."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from animals import LION
from website import DESKTOP, PHONE, Site, visit

PAGE = f"/animals/{LION.id}"
DOG = "/animals/47144"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("path", ["/animals", "/animals?q=eagle", "/animals?q=zzz", PAGE, DOG])
def test_axe_finds_nothing(
    browser: Browser, site: Site, path: str, size: dict[str, int], scheme: Any
) -> None:
    with visit(browser, site, viewport=size, color_scheme=scheme) as window:
        window.page.goto(path, wait_until="networkidle")

        assert Axe().run(window.page).response["violations"] == []
        assert window.page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_a_search_without_script_leads_to_an_animal(browser: Browser, site: Site) -> None:
    with visit(browser, site, java_script_enabled=False) as window:
        window.page.goto("/animals")
        window.page.get_by_label("Name, common or scientific").fill("panthera leo")
        window.page.get_by_role("button", name="Search").click()
        window.page.get_by_role("link", name="lion", exact=True).click()

        assert window.page.url == site.url + PAGE
        expect(window.page.get_by_role("main")).to_contain_text("In 304 cells of about")
        expect(window.page.locator("#map")).to_be_hidden()


def test_a_suggestion_leads_there_by_keyboard(browser: Browser, site: Site) -> None:
    with visit(browser, site) as window:
        window.page.goto("/animals")
        window.page.get_by_label("Name, common or scientific").press_sequentially("koal")
        window.page.get_by_role("option").first.wait_for()
        window.page.keyboard.press("ArrowDown")
        window.page.keyboard.press("Enter")

        window.page.wait_for_url("**/animals/*")
        expect(window.page.get_by_role("heading", level=1)).to_have_text("koala")


def test_the_range_of_a_month_is_drawn_and_said(browser: Browser, site: Site) -> None:
    with visit(browser, site, viewport=DESKTOP) as window:
        window.page.goto(PAGE, wait_until="networkidle")
        expect(window.page.locator("#map .leaflet-overlay-pane path")).to_have_count(1)
        window.page.get_by_label("In", exact=True).select_option("May")

        expect(window.page.locator("#map-text")).to_contain_text("304 cells in May.")
        expect(window.page.locator("#announcer")).to_contain_text("304 cells in May.")
        asked = [request.url for request in window.requests if "/range" in request.url]
        assert [url.rpartition("/")[2] for url in asked] == ["range", "range?month=5"]


def test_a_click_on_the_range_opens_the_area(browser: Browser, site: Site) -> None:
    with visit(browser, site, viewport=DESKTOP) as window:
        window.page.goto(PAGE, wait_until="networkidle")
        window.page.locator("#map").click(position={"x": 200, "y": 200})

        window.page.wait_for_url("**/areas/83*")


def test_the_chart_has_a_table_and_cells_lead_on(browser: Browser, site: Site) -> None:
    with visit(browser, site, java_script_enabled=False) as window:
        window.page.goto(PAGE)
        window.page.get_by_text("The months as a table").click()
        expect(window.page.get_by_role("cell", name="304 (100\u202f%)")).to_have_count(12)
        window.page.get_by_text("50 of the 304 cells").click()
        window.page.locator(".cells a").first.click()

        assert "/areas/83" in window.page.url


def test_wider_groups_are_links(browser: Browser, site: Site) -> None:
    with visit(browser, site) as window:
        window.page.goto(DOG)
        window.page.get_by_role("navigation", name="Lineage").get_by_role("link").first.click()

        expect(window.page.get_by_role("heading", level=1)).not_to_have_text("domestic dog")


def test_what_lives_with_people_is_said_to(browser: Browser, site: Site) -> None:
    with visit(browser, site) as window:
        window.page.goto(DOG)

        expect(window.page.get_by_role("main")).to_contain_text("It lives with people")


@pytest.mark.parametrize(
    ("path", "status"),
    [("/animals/999999999", 404), ("/animals/0", 400), ("/animals/99999999999", 400),
     ("/animals/lion", 404), (f"/animals?q={'x' * 101}", 400)],
)  # fmt: skip
def test_what_does_not_exist_is_a_page_that_says_so(site: Site, path: str, status: int) -> None:
    with site.client() as client:
        response = client.get(path, headers={"Accept": "text/html"})

    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"


def test_a_search_is_never_markup(browser: Browser, site: Site) -> None:
    with visit(browser, site) as window:
        window.page.goto("/animals?q=%22%3E%3Cimg+src%3Dx+onerror%3Dwindow.hacked%3D1%3E")

        expect(window.page.get_by_role("heading", level=2)).to_contain_text("<img src=x")
        assert window.page.evaluate("window.hacked") is None

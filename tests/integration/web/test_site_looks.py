"""Whether everybody can use the page, and what it costs to load."""

import gzip

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from fieldmark.entrypoints.web.assets import asset
from visits import DESKTOP, LEMUR, PHONE, Context, OpenPage, ask, choose
from website import Site

BUDGET_BYTES = 150_000
SIZES = [PHONE, DESKTOP]
SCHEMES = ["light", "dark"]


def assert_axe_finds_nothing(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found] == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES, ids=["phone", "desktop"])
def test_axe_finds_nothing_on_the_way(open_page: OpenPage, size: Context, scheme: str) -> None:
    page = open_page(color_scheme=scheme, **size)
    assert_axe_finds_nothing(page)

    choose(page, LEMUR)
    assert_axe_finds_nothing(page)
    ask(page)
    for summary in page.locator("summary:visible").all():
        summary.click()
    assert_axe_finds_nothing(page)
    page.check("#use-rough")
    assert_axe_finds_nothing(page)

    page.goto(page.url.rstrip("/") + str(page.get_attribute("[data-permalink]", "href")))
    assert_axe_finds_nothing(page)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_where_something_went_wrong(open_page: OpenPage, scheme: str) -> None:
    page = open_page("/nowhere", color_scheme=scheme)
    assert_axe_finds_nothing(page)

    page.goto(page.url.replace("nowhere", ""))
    page.click("#go")
    expect(page.locator("[role=alert]")).to_be_visible()
    assert_axe_finds_nothing(page)


@pytest.mark.parametrize("width", [320, 390, 720, 1440])
def test_nothing_has_to_be_scrolled_sideways(open_page: OpenPage, width: int) -> None:
    """A width of 320 is what 400 % leaves of 1,280, 720 what 200 % leaves of 1,440."""
    page = open_page(viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    choose(page, LEMUR)
    ask(page)

    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("size", SIZES, ids=["phone", "desktop"])
def test_nothing_jumps_while_the_page_loads(open_page: OpenPage, size: Context) -> None:
    page = open_page(**size)
    page.wait_for_load_state("networkidle")

    jumps = page.evaluate(
        """() => new Promise((done) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const { value } of list.getEntries()) sum += value;
          }).observe({ type: "layout-shift", buffered: true });
          requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
        })"""
    )

    assert jumps < 0.02


def test_the_page_stays_within_its_budget(open_page: OpenPage, site: Site) -> None:
    before = len(site.asked)
    page = open_page(**DESKTOP)
    page.wait_for_load_state("networkidle")
    paths = {asked.path for asked in site.asked[before:]}
    assets = {path.split("/", 3)[3] for path in paths if path.startswith("/static/")}

    own = sum(packed_bytes(name) for name in assets if name != "map/world.json")

    assert {"leaflet/leaflet.js", "fonts/vollkorn.woff2", "img/examples/koala.webp"} <= assets
    assert own + len(gzip.compress(page.content().encode())) <= BUDGET_BYTES


def packed_bytes(name: str) -> int:
    found = asset(name)
    return len(found.data if found.gzipped is None else found.gzipped)


@pytest.mark.parametrize("size", SIZES, ids=["phone", "desktop"])
def test_what_can_be_pressed_is_large_enough_for_a_thumb(
    open_page: OpenPage, size: Context
) -> None:
    page = open_page(**size)

    small = page.evaluate(
        """() => [...document.querySelectorAll("button, .button, .nav a, .choice, select")]
          .filter((element) => element.offsetParent)
          .map((element) => [element.textContent.trim(), element.getBoundingClientRect().height])
          .filter(([, height]) => height < 43.5)"""
    )

    assert small == []


def test_who_wants_no_motion_gets_none(open_page: OpenPage) -> None:
    page = open_page(reduced_motion="reduce")

    moving = page.evaluate(
        """() => [...document.querySelectorAll(".button, button, .nav a")]
          .filter((element) => getComputedStyle(element).transitionDuration !== "0s").length"""
    )

    assert moving == 0

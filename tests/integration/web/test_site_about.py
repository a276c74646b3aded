"""The page about Fieldmark, in a browser."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from fieldmark.settings import Settings
from website import DESKTOP, PHONE, Site, running, visit


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing(browser: Browser, site: Site, size: dict[str, int], scheme: Any) -> None:
    with visit(browser, site, viewport=size, color_scheme=scheme) as window:
        window.page.goto("/about", wait_until="networkidle")

        assert Axe().run(window.page).response["violations"] == []
        assert window.page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_each_chapter_has_its_address_and_is_named_at_the_top(browser: Browser, site: Site) -> None:
    chapters = ["how", "accuracy", "privacy", "limits", "licences"]
    with visit(browser, site, java_script_enabled=False) as window:
        window.page.goto("/about")
        links = window.page.get_by_role("navigation", name="On this page").get_by_role("link").all()

        assert [link.get_attribute("href") for link in links] == [f"#{name}" for name in chapters]
        for name in chapters:
            expect(window.page.locator(f"section#{name} h2")).to_be_visible()


def test_it_says_what_this_service_keeps(browser: Browser, site: Site, tmp_path: Path) -> None:
    with visit(browser, site) as window:
        window.page.goto("/about#privacy")
        expect(window.page.locator("#privacy")).to_contain_text("is read in memory and not kept")
        expect(window.page.locator("#privacy")).to_contain_text("is kept for 90 days")
    keeping = Settings(concurrency=1, keep_photos=True, retention_days=7)
    with running(tmp_path, keeping) as other, visit(browser, other) as window:
        window.page.goto("/about#privacy")
        expect(window.page.locator("#privacy")).to_contain_text("without metadata, for 7 days")


def test_whose_work_it_is_names_everything_that_is_shown(site: Site) -> None:
    with site.client() as client:
        page = client.get("/about").text

    for name in ("EfficientNet-Lite", "iNaturalist", "starter-2026.11", "CC0-1.0", "GeoNames",
                 "CC BY 4.0", "Natural Earth", "Leaflet", "Vollkorn", "Alegreya Sans", "H3",
                 "Swagger UI", "David Iliff", "CC BY-SA 3.0"):  # fmt: skip
        assert name in page

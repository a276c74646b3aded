"""The page about the API in a browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from website import DESKTOP, PHONE, Site, visit


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, site: Site, viewport: object, scheme: str) -> None:
    with visit(browser, site, viewport=viewport, color_scheme=scheme) as window:
        window.page.goto("/docs")
        for call in window.page.locator("details.call > summary").all():
            call.click()

        found = Axe().run(window.page)

        assert found.violations_count == 0, found.generate_report()


def test_without_a_script_every_call_is_there_and_every_link_leads_somewhere(
    browser: Browser, site: Site
) -> None:
    with visit(browser, site, java_script_enabled=False) as window:
        window.page.goto("/docs")
        page = window.page

        expect(page.get_by_text("/v1/photo-metadata", exact=True)).to_be_visible()
        for link in page.locator("main a[href^='#']").all():
            target = link.get_attribute("href")
            assert target is not None
            assert page.locator(f'[id="{target[1:]}"]').count() == 1, target

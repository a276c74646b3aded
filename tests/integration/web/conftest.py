"""One website and one browser for all tests that change neither."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from visits import OpenPage
from website import Site, chromium, running, visit


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a website with the shipped model and atlas."""
    with running(tmp_path_factory.mktemp("site")) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Chromium, of each module its own.

    While Playwright runs, its event loop does, and tests beside it could run no other.
    """
    with chromium() as found:
        yield found


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[OpenPage]:
    """Return what opens a page of the site, by its path, in a window of its own."""
    with ExitStack() as windows:

        def open_(path: str = "/", *, on: Site = site, **options: Any) -> Page:
            page = windows.enter_context(visit(browser, on, **options)).page
            page.goto(path, wait_until="load")
            return page

        yield open_

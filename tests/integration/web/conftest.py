"""One website and one browser for all tests that change neither."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from website import Site, chromium, running


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a website with the shipped model and atlas."""
    with running(tmp_path_factory.mktemp("site")) as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return Chromium."""
    with chromium() as found:
        yield found

"""The whole website on a free loopback port: in a thread, to look inside and to hand in fakes.

Where ``SITE_SETTINGS`` names the file of settings that a local cloud writes, it stands on that; it
keeps no photos all the same, and a test that hands in parts of its own has these.
"""

import os
import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from asked import Asked, Recording
from fakes import Recorder
from fieldmark.entrypoints.web.app import application, service_of
from fieldmark.entrypoints.web.asgi import App
from fieldmark.entrypoints.web.server.bounds import Bounds
from fieldmark.entrypoints.web.server.hosting import Host
from fieldmark.entrypoints.web.server.listening import listen
from fieldmark.entrypoints.web.service import Service
from fieldmark.settings import S3Place, Settings
from fieldmark.telemetry import Everyone

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples/photos"
HANG_S = 60.0
PATIENCE_MS = HANG_S * 1000
CHROMIUM = [Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")]
"""The one without windows and menus takes half the time for the same pages."""
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}

CLOUD = os.environ.get("SITE_SETTINGS", "")

alone = pytest.mark.skipif(
    bool(CLOUD), reason="says what a service does that has no cloud around it"
)

_BUILT: list[App] = []


@dataclass(frozen=True, slots=True)
class Site:
    """A website that runs; ``events`` hears what its log hears, ``asked`` holds each request."""

    url: str
    port: int
    service: Service
    events: Recorder
    asked: list[Asked]

    def client(self, **options: Any) -> httpx.Client:
        """Return an HTTP client to it."""
        return httpx.Client(base_url=self.url, timeout=HANG_S, **options)


def on_a_local_cloud(file: Path) -> Settings:
    """Return the settings of a local cloud; from now on AWS is where it is."""
    told = dict(line.split("=", 1) for line in shlex.split(file.read_text("utf-8")))
    os.environ.update({name: text for name, text in told.items() if name.startswith("AWS_")})
    ours = {name: text for name, text in told.items() if name.startswith("FIELDMARK_")}
    return replace(Settings.from_environment(ours), keep_photos=False)


def built(workers: int) -> App:
    """Return the application that is to be served next."""
    del workers
    return _BUILT.pop()


@contextmanager
def running(folder: Path, settings: Settings | None = None, **parts: Any) -> Iterator[Site]:
    """Run the website, its journal in the folder or in S3; ``parts`` take the place of its own."""
    if settings is None:
        on_cloud = CLOUD and not parts
        settings = on_a_local_cloud(Path(CLOUD)) if on_cloud else Settings(concurrency=2)
    if not isinstance(settings.journal, S3Place):
        settings = replace(settings, journal=folder / "j.sqlite")
    if not isinstance(settings.blobs, S3Place):
        settings = replace(settings, blobs=folder / "photos")
    events = Recorder()
    service = service_of(settings, lambda own: Everyone([own, events]))
    service = replace(service, **parts)
    asked: list[Asked] = []
    _BUILT.append(Recording(application(service), asked))
    is_up = threading.Event()
    host = Host("website:built", 1, Bounds(), started=is_up.set)
    with listen("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=host.run, args=([listening],))
        thread.start()
        try:
            assert is_up.wait(HANG_S)
            port = listening.getsockname()[1]
            yield Site(f"http://127.0.0.1:{port}", port, service, events, asked)
        finally:
            host.should_exit = True
            thread.join(HANG_S)
    assert not thread.is_alive()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Debian's Chromium, and wait for a page as long as a busy machine needs.

    Where Chromium is missing, skip, but never on CI.
    """
    found = next((path for path in CHROMIUM if path.exists()), None)
    if found is None:
        reason = "Chromium is not installed; on Debian: apt-get install chromium-headless-shell"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(found),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser's window on the site; ``requests`` lists the address of each request it made."""

    page: Page
    context: BrowserContext
    requests: list[Request]
    faults: list[str]


@contextmanager
def visit(browser: Browser, site: Site, store: str = "", **options: Any) -> Iterator[Visit]:
    """Open a window; at its end no script has failed, and no request has left for elsewhere.

    ``store`` is the one other origin that pages may send to, where the site has such.
    """
    with browser.new_context(base_url=site.url, **options) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        seen: list[Request] = []
        faults: list[str] = []
        page.on("request", lambda request: seen.append(request))  # noqa: PLW0108  # a builtin cannot listen
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda said: (
                faults.append(said.text)
                if said.type == "error" and "Failed to load resource" not in said.text
                else None
            ),
        )
        yield Visit(page, context, seen, faults)
        allowed = (f"{site.url}/", "blob:", "data:", *([f"{store}/"] if store else []))
        left = [r.url for r in seen if not r.url.startswith(allowed)]
        assert left == []
        assert faults == []

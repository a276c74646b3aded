"""Takes the pictures of the website, docs/images/site-*.webp, and of an atlas report.

    make screenshots
    python docs/screenshots/take.py report      that of the report alone

Starts the website with a journal of its own and drives Chromium through it: the upper part of each
page at two widths, light and dark. The report is that of the starter release. Needs Chromium.
FIELDMARK_* settings are not passed on.
"""
# ruff: noqa: INP001, T201 — a script that says what it did, in no package

import io
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Page, expect, sync_playwright

ROOT: Final = Path(__file__).resolve().parents[2]
IMAGES: Final = ROOT / "docs/images"
PHOTOS: Final = sorted((ROOT / "examples/photos").glob("*.jpg"))
LEMUR: Final = ROOT / "examples/photos/ring-tailed-lemur.jpg"
STARTER: Final = ROOT / "src/fieldmark/bundles/starter.sqlite"
FIELDMARK: Final = str(Path(sys.executable).with_name("fieldmark"))
REPORT_WIDTH: Final = 1100
MAPS: Final = """() => {
  const at = [...document.querySelectorAll("h2")].findIndex(h => h.textContent === "Where");
  const heads = document.querySelectorAll("h2");
  return [heads[at], heads[at + 1]].map(h => h.getBoundingClientRect().top - 16);
}"""
"""From the heading above the maps of a report to the next one."""

CHROMIUM: Final = Path("/usr/bin/chromium")
WIDTHS: Final = {"desktop": (1440, 900), "phone": (390, 844)}
SCHEMES: Final = ("light", "dark")
QUALITY: Final = 56
MOST_PIXELS_HIGH: Final = 1400
MOST_BYTES: Final = 1_200_000


def identify(page: Page) -> None:
    """Choose a photo and let the page find where and when it was taken."""
    page.goto("/")
    with page.expect_response(lambda answer: answer.url.endswith("/v1/photo-metadata")):
        page.set_input_files("#photo", LEMUR)
    expect(page.locator("#found-text")).not_to_be_empty()
    expect(page.locator("#sends")).not_to_be_empty()


def answer(page: Page) -> None:
    """Ask, and wait for the answer and its map."""
    identify(page)
    page.click("#go")
    expect(page.locator("#answer article")).to_be_visible()


def area(page: Page) -> None:
    """Open the area where the photo was taken, in its month."""
    page.goto("/areas/83a210fffffffff?month=9")


def animal(page: Page) -> None:
    """Open the lion."""
    page.goto("/animals/41964")


def batch(page: Page) -> None:
    """Let all example photos be named."""
    page.goto("/batch")
    page.set_input_files("#photos", PHOTOS)
    page.click("#go")
    expect(page.locator("#csv")).to_be_enabled()
    expect(page.locator("#cancel")).to_be_hidden()


def about(page: Page) -> None:
    """Open the page about it all."""
    page.goto("/about")


PAGES: Final[tuple[Callable[[Page], None], ...]] = (identify, answer, area, animal, batch, about)


def main() -> int:
    """Take all pictures and return the exit code."""
    if not CHROMIUM.exists():
        print("Chromium is not installed; on Debian: apt-get install chromium", file=sys.stderr)
        return 1
    with browsing() as browser:
        report(browser)
    if sys.argv[1:] == ["report"]:
        return 0
    with serving() as url, browsing() as browser:
        written = sum(picture(browser, url, *which) for which in every_picture())
    print(f"{written:,} bytes in {len(list(every_picture()))} pictures")
    return 0 if written <= MOST_BYTES else 1


def every_picture() -> Iterator[tuple[Callable[[Page], None], str, str]]:
    """Yield what is shown, the kind of screen and the colour scheme of each picture."""
    for visit in PAGES:
        for screen in WIDTHS:
            for scheme in SCHEMES:
                yield visit, screen, scheme


def picture(
    browser: Browser, url: str, visit: Callable[[Page], None], screen: str, scheme: str
) -> int:
    """Write one picture and return its size in bytes."""
    width, height = WIDTHS[screen]
    with browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        locale="en-GB",
    ) as context:
        page = context.new_page()
        visit(page)
        page.wait_for_load_state("networkidle")
        page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
        # A window as high as the picture: what sticks to its edge is then at the picture's.
        whole = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": min(whole, MOST_PIXELS_HIGH)})
        page.wait_for_load_state("networkidle")
        taken = page.screenshot(animations="disabled")
    return saved(taken, IMAGES / f"site-{visit.__name__}-{screen}-{scheme}.webp")


def report(browser: Browser) -> int:
    """Write the picture of the maps of a report and return its size in bytes."""
    with (
        tempfile.TemporaryDirectory() as folder,
        browser.new_context(
            viewport={"width": REPORT_WIDTH, "height": MOST_PIXELS_HIGH}, color_scheme="light"
        ) as context,
    ):
        file = Path(folder) / "report.html"
        command = [FIELDMARK, "atlas", "report", str(STARTER), "--out", str(file)]
        subprocess.run(command, check=True)  # noqa: S603  # ours
        page = context.new_page()
        page.goto(file.as_uri())
        top, bottom = page.evaluate(MAPS)
        part: FloatRect = {"x": 0, "y": top, "width": REPORT_WIDTH, "height": bottom - top}
        taken = page.screenshot(clip=part, full_page=True)
        return saved(taken, IMAGES / "atlas-report.webp")


def saved(taken: bytes, path: Path) -> int:
    """Write a picture small and return its size in bytes."""
    with Image.open(io.BytesIO(taken)) as image:
        image.convert("RGB").save(path, quality=QUALITY, method=6)
        print(f"{path.relative_to(ROOT)}  {image.width} by {image.height}  {path.stat().st_size:,}")
    return path.stat().st_size


@contextmanager
def serving() -> Iterator[str]:
    """Run the website and yield its address."""
    environment = {key: text for key, text in os.environ.items() if not key.startswith("FIELDMARK")}
    command = [FIELDMARK, "serve", "--port", "0"]
    with tempfile.TemporaryDirectory() as folder:
        environment["FIELDMARK_JOURNAL"] = f"{folder}/journal.sqlite"
        log = Path(folder) / "log"
        with (
            log.open("wb") as stderr,
            subprocess.Popen(command, stderr=stderr, env=environment) as server,  # noqa: S603  # ours
        ):
            try:
                yield address(server, log)
            finally:
                server.terminate()


def address(server: subprocess.Popen[bytes], log: Path) -> str:
    """Return where the website is, once its log says so.

    Raises:
        RuntimeError: it ended instead.
    """
    while server.poll() is None:
        found = re.search(r"serves on (\S+)", log.read_text(encoding="utf-8"))
        if found:
            return found.group(1)
        time.sleep(0.05)
    raise RuntimeError(f"the website did not start: {log.read_text(encoding='utf-8')}")


@contextmanager
def browsing() -> Iterator[Browser]:
    """Run Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            browser.close()


if __name__ == "__main__":
    sys.exit(main())

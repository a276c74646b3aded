"""Many photos at once, in a browser, with the shipped model."""

import csv
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from fake_identifier import FakeIdentifier
from fieldmark.domain.answer import Answer
from fieldmark.entrypoints.cli.output import CSV_COLUMNS
from fieldmark.ports import Question, StoredPhoto
from fieldmark.settings import Settings
from photo_files import photo
from website import DESKTOP, EXAMPLES, HANG_S, PHONE, Site, Visit, running, visit

PHOTOS = sorted(EXAMPLES.glob("*.jpg"))
BARE = photo(Image.new("RGB", (64, 48), "olive"))
EVIL = '=cmd|"<img src=x onerror=window.hacked=1>.jpg'


def file_of(name: str, data: bytes) -> Any:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def choose(page: Page, files: Any) -> None:
    page.goto("/batch", wait_until="networkidle")
    page.locator("#photos").set_input_files(files)


def finish(page: Page, count: str) -> None:
    expect(page.locator("#count")).to_have_text(count)
    expect(page.locator("#cancel")).to_be_hidden()


def saved(page: Page, button: str, folder: Path) -> str:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path.read_text()


@pytest.fixture(scope="module")
def done(browser: Browser, site: Site) -> Iterator[Visit]:
    """A finished batch of the examples and a file of a hostile name that is no photo."""
    evil = file_of(EVIL, b"not a photo")
    examples = [file_of(path.name, path.read_bytes()) for path in PHOTOS]
    with visit(browser, site, viewport=DESKTOP) as window:
        choose(window.page, [evil, *examples])
        window.page.get_by_role("button", name="Identify 7 photos").click()
        finish(window.page, "7 of 7; 1 without an answer")
        yield window


def test_answers_stand_in_the_order_of_choosing(done: Visit) -> None:
    rows = done.page.locator("#rows tr")

    expect(rows.locator("th .file")).to_have_text([EVIL, *(path.name for path in PHOTOS)])
    expect(rows.nth(1)).to_contain_text("giant panda")
    expect(rows.nth(1).get_by_role("link", name="31.0° N, 103.2° E")).to_have_attribute(
        "href", "/areas/8340c5fffffffff?month=4"
    )
    expect(rows.nth(1).locator("img")).to_be_visible()


def test_a_failure_says_why_and_its_name_is_text(done: Visit) -> None:
    expect(done.page.locator("#rows tr").first.locator(".mark")).to_contain_text("is no photo")
    assert done.page.evaluate("window.hacked") is None


def test_file_names_stay_in_the_browser(done: Visit) -> None:
    sent = [request for request in done.requests if request.url.endswith("/v1/identify")]

    assert len(sent) == 7
    assert all(b"panda" not in (request.post_data_buffer or b"") for request in sent)


def test_the_csv_is_that_of_the_command_line(done: Visit, tmp_path: Path) -> None:
    text = saved(done.page, "Table (CSV)", tmp_path)
    rows = list(csv.DictReader(text.splitlines()))

    assert text.splitlines()[0] == ",".join(CSV_COLUMNS)
    assert [row["photo"] for row in rows] == [f"'{EVIL}", *(path.name for path in PHOTOS)]
    assert rows[0]["problem"] == "photo-type-unsupported"
    assert (rows[1]["scientific_name"], rows[1]["confident"]) == ("Ailuropoda melanoleuca", "true")


def test_json_lines_hold_whole_answers(done: Visit, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in saved(done.page, "JSON Lines", tmp_path).splitlines()]

    assert [line["photo"] for line in lines] == [EVIL, *(path.name for path in PHOTOS)]
    assert set(lines[0]) == {"photo", "problem"}
    assert lines[1]["best"]["taxon"]["common_name"] == "giant panda"


def test_axe_finds_nothing_in_the_answers(done: Visit) -> None:
    for size in (PHONE, DESKTOP):
        done.page.set_viewport_size(size)  # type: ignore[arg-type]  # a viewport's two numbers
        assert Axe().run(done.page).response["violations"] == []
        assert done.page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_the_start(browser: Browser, site: Site, scheme: Any) -> None:
    with visit(browser, site, viewport=PHONE, color_scheme=scheme) as window:
        window.page.goto("/batch", wait_until="networkidle")

        assert Axe().run(window.page).response["violations"] == []


def test_without_script_it_points_to_the_command_line(browser: Browser, site: Site) -> None:
    with visit(browser, site, java_script_enabled=False) as window:
        window.page.goto("/batch")

        expect(window.page.get_by_text("fieldmark identify photos/")).to_be_visible()
        expect(window.page.locator("#batch")).to_be_hidden()


class Gated(FakeIdentifier):
    """Waits at each photo while ``gate`` is shut."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()

    def identify(self, photo: bytes | StoredPhoto, question: Question) -> Answer:
        answer = super().identify(photo, question)
        assert self.gate.wait(HANG_S)
        return answer


@contextmanager
def quick(browser: Browser, folder: Path) -> Iterator[tuple[Visit, Gated]]:
    """A site whose model answers at once."""
    gated = Gated()
    with running(folder, Settings(concurrency=2), identifier=gated, keeper=None) as site:  # noqa: SIM117
        with visit(browser, site, viewport=DESKTOP) as window:
            yield window, gated


def test_place_and_date_go_to_photos_that_have_none(browser: Browser, tmp_path: Path) -> None:
    with quick(browser, tmp_path) as (window, gated):
        choose(
            window.page, [file_of("bare.jpg", BARE), file_of("panda.jpg", PHOTOS[0].read_bytes())]
        )
        window.page.get_by_label("Place").fill("-24.99, 31.55")
        window.page.get_by_label("Date").fill("2026-07-01")
        window.page.get_by_role("button", name="Identify 2 photos").click()
        finish(window.page, "2 of 2")

    said = {None if q.at is None else (q.at.latitude, q.at.longitude) for q in gated.asked}
    assert said == {None, (-24.99, 31.55)}
    assert {str(q.on) for q in gated.asked} == {"None", "2026-07-01"}


def test_a_batch_can_be_stopped_and_taken_up_again(browser: Browser, tmp_path: Path) -> None:
    with quick(browser, tmp_path) as (window, gated):
        choose(window.page, [file_of(f"{n}.jpg", BARE) for n in range(6)])
        gated.gate.clear()
        window.page.get_by_role("button", name="Identify 6 photos").click()
        expect(window.page.locator("#rows .hint", has_text="looking at it")).to_have_count(2)
        window.page.get_by_role("button", name="Stop").click()
        gated.gate.set()
        finish(window.page, "0 of 6")
        window.page.get_by_role("button", name="Identify 6 photos").click()

        finish(window.page, "6 of 6")


def test_no_more_than_two_photos_are_under_way(browser: Browser, tmp_path: Path) -> None:
    with quick(browser, tmp_path) as (window, gated):
        choose(window.page, [file_of(f"{n}.jpg", BARE) for n in range(6)])
        gated.gate.clear()
        window.page.get_by_role("button", name="Identify 6 photos").click()
        expect(window.page.locator("#rows .hint", has_text="looking at it")).to_have_count(2)

        expect(window.page.locator("#rows .hint", has_text="waiting")).to_have_count(4)
        gated.gate.set()
        finish(window.page, "6 of 6")


def test_a_busy_service_is_asked_again_when_it_says(browser: Browser, tmp_path: Path) -> None:
    with quick(browser, tmp_path) as (window, gated):
        refusals = iter([True, True])

        def busy(route: Route) -> None:
            if next(refusals, False):
                route.fulfill(status=503, headers={"Retry-After": "1"}, body="")
            else:
                route.continue_()

        window.page.route("**/v1/identify", busy)
        choose(window.page, [file_of("a.jpg", BARE)])
        window.page.get_by_role("button", name="Identify 1 photo").click()
        expect(window.page.locator("#rows")).to_contain_text("the service is busy; again in")

        finish(window.page, "1 of 1")
        assert len(gated.asked) == 1


def test_what_failed_can_be_tried_again(browser: Browser, tmp_path: Path) -> None:
    with quick(browser, tmp_path) as (window, _):
        window.page.route("**/v1/identify", lambda route: route.abort())
        choose(window.page, [file_of("a.jpg", BARE)])
        window.page.get_by_role("button", name="Identify 1 photo").click()
        finish(window.page, "1 of 1; 1 without an answer")
        expect(window.page.locator("#rows .mark")).to_contain_text("cannot be reached")
        window.page.unroute("**/v1/identify")
        window.page.get_by_role("button", name="Try the failed ones again").click()

        finish(window.page, "1 of 1")


def test_more_than_500_are_not_taken_and_it_is_said(browser: Browser, site: Site) -> None:
    with visit(browser, site) as window:
        choose(window.page, [file_of(f"{n}.jpg", b"\xff\xd8\xff") for n in range(501)])

        expect(window.page.locator("#rows tr")).to_have_count(500)
        expect(window.page.get_by_role("alert")).to_have_text(
            "Only the first 500 photos were taken."
        )


def test_photos_can_be_dropped(browser: Browser, site: Site) -> None:
    with visit(browser, site) as window:
        window.page.goto("/batch", wait_until="networkidle")
        window.page.evaluate(
            """() => {
              const transfer = new DataTransfer();
              for (const name of ["a.jpg", "b.jpg"]) transfer.items.add(new File(["x"], name));
              dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, cancelable: true }));
            }"""
        )

        expect(window.page.locator("#rows .file")).to_have_text(["a.jpg", "b.jpg"])

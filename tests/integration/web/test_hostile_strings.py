"""Names that would run, from files, photos, models, atlases and addresses, in a real browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from hostile_world import CELL, FOX, HOSTILE, hostile_photo, hostile_world
from visits import ask, choose, file_of
from website import Site, running, visit

AREA = f"/areas/{CELL:x}"
NAME = HOSTILE.replace("/", "_") + ".jpg"
QUOTED = "<img src=x onerror=window.hacked=1>"
SAID = quote(HOSTILE, safe="")
WATCH = "addEventListener('securitypolicyviolation', () => { window.refused = true; })"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a website whose model and atlas have hostile names throughout."""
    folder = tmp_path_factory.mktemp("world")
    with running(folder, hostile_world(folder)) as site:
        yield site


@contextmanager
def window(browser: Browser, site: Site, *, script: bool = True) -> Iterator[Page]:
    """Open a window that sends hostile headers and tells when anything of theirs comes to life."""
    dialogs: list[str] = []
    headers = {"X-Request-Id": "<script>window.hacked=1</script>", "Accept-Language": "<img src=x>"}

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    with visit(browser, site, java_script_enabled=script, extra_http_headers=headers) as found:
        if script:
            found.page.add_init_script(WATCH)
        found.page.on("dialog", note)
        yield found.page
        assert dialogs == []
        assert not [r.url for r in found.requests if r.url.endswith("/x")]


def assert_is_dead(page: Page) -> None:
    """Check that the page holds names as text only: nothing ran, was refused, or became a part."""
    assert page.evaluate("[window.hacked, window.refused]") == [None, None]
    assert_is_text(page)


def assert_is_text(page: Page) -> None:
    assert page.locator("[src=x], [onerror], [onload], [href^='javascript:' i]").count() == 0
    inline = page.locator("script:not([src]):not([type='application/json'])")
    assert inline.count() == 0
    assert "1337" not in page.content()


@pytest.mark.parametrize(
    ("path", "shows"),
    [
        (f"/animals/{FOX.id}", FOX.common_name),
        (f"/animals/{FOX.id}", f"mammals {HOSTILE}"),
        ("/animals?q=fox", FOX.common_name),
        (f"/animals?q={SAID}", None),
        (AREA, FOX.common_name),
        (AREA, f"ranges {HOSTILE}"),
        (f"{AREA}?month={SAID}", QUOTED),
        (f"{AREA}?q={SAID}&group={SAID}&sort={SAID}", None),
        (f"/areas?place={SAID}", QUOTED),
        (f"/areas?latitude={SAID}&longitude={SAID}", QUOTED),
        (f"/areas/{SAID}", None),
        (f"/animals/{SAID}", None),
        (f"/answers/{SAID}?said={SAID}", None),
        (f"/access?next={SAID}", None),
        ("/access?next=javascript:window.hacked=1", None),
        (f"/?place={SAID}&example={SAID}", None),
        (f"/batch?{SAID}={SAID}", None),
        (f"/docs?{SAID}#{SAID}", None),
        ("/about", None),
        (f"/{SAID}", None),
        (f"/v1/cells/{SAID}", QUOTED),
        (f"/v1/areas?cell={CELL:x}", None),
    ],
)
def test_what_an_address_or_an_atlas_says_is_text(
    browser: Browser, world: Site, path: str, shows: str | None
) -> None:
    with window(browser, world) as page:
        page.goto(path, wait_until="networkidle")

        assert_is_dead(page)
        if shows is not None:
            assert shows in str(page.evaluate("document.body.textContent"))


def test_what_a_photo_says_of_itself_is_text(browser: Browser, world: Site) -> None:
    with window(browser, world) as page:
        page.goto("/", wait_until="networkidle")
        choose(page, file_of(hostile_photo(), NAME))
        assert_is_dead(page)
        ask(page)
        expect(page.locator("article h1")).to_contain_text(FOX.common_name or "")
        for details in page.locator("details").all():
            details.evaluate("each => { each.open = true; }")
        assert_is_dead(page)
        page.fill("#other-animal", QUOTED)
        page.click("[data-other]")
        expect(page.locator("[data-feedback-status]")).not_to_be_empty()
        assert_is_dead(page)
        page.fill("#other-animal", "")
        page.locator("#other-animal").press_sequentially("fox")
        page.get_by_role("option").first.click()
        assert_is_dead(page)

        page.goto(str(page.get_attribute("[data-permalink]", "href")), wait_until="networkidle")

        expect(page.locator("article h1")).to_contain_text(FOX.common_name or "")
        assert_is_dead(page)


def test_what_a_person_types_is_text(browser: Browser, world: Site) -> None:
    with window(browser, world) as page:
        page.goto("/", wait_until="networkidle")
        choose(page, file_of(hostile_photo(), NAME))
        page.fill("#place", HOSTILE[:90])
        page.click("#go")

        expect(page.locator("#problem")).to_contain_text(QUOTED)
        assert_is_dead(page)


def test_without_script_it_is_text_too(browser: Browser, world: Site) -> None:
    with window(browser, world, script=False) as page:
        page.goto("/")
        page.set_input_files("#photo", file_of(hostile_photo(), NAME))
        page.fill("#place", HOSTILE[:90])
        page.click("#go")
        expect(page.locator("[data-problem]")).to_contain_text(QUOTED)
        expect(page.locator("#place")).to_have_value(HOSTILE[:90])
        assert_is_text(page)

        page.fill("#place", "")
        page.set_input_files("#photo", file_of(hostile_photo(), NAME))
        page.click("#go")

        expect(page.locator("article h1")).to_contain_text(FOX.common_name or "")
        assert_is_text(page)


def test_a_batch_shows_names_as_text(browser: Browser, world: Site, tmp_path: Path) -> None:
    with window(browser, world) as page:
        page.goto("/batch", wait_until="networkidle")
        page.locator("#photos").set_input_files(
            [file_of(hostile_photo(), NAME), file_of(b"<svg onload=window.hacked=1>", NAME)]
        )
        page.fill("#place", HOSTILE[:90])
        page.click("#go")
        expect(page.locator("#count")).to_contain_text("2 of 2")

        expect(page.locator("#rows")).to_contain_text(FOX.common_name or "")
        expect(page.locator("#rows .file").first).to_have_text(NAME)
        assert_is_dead(page)
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Table (CSV)").click()
        waiting.value.save_as(tmp_path / "t.csv")
        assert not (tmp_path / "t.csv").read_text().splitlines()[1].startswith(("=", "+", "-", "@"))

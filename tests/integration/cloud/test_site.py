"""The website in a browser, with the whole cloud behind it."""

from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from cloud.local_cloud import FUNCTION, LocalCloud
from fieldmark.compose import examples
from photo_files import photo
from visits import LEMUR, ask, choose
from website import PATIENCE_MS, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser: Browser, cloud: LocalCloud) -> Iterator[Page]:
    """A page of the website; its scripts fail at nothing."""
    faults: list[str] = []
    with browser.new_context(base_url=cloud.website.url) as context:
        window = context.new_page()
        window.set_default_timeout(PATIENCE_MS)
        window.on("pageerror", lambda error: faults.append(str(error)))
        yield window
    assert faults == []


def objects(cloud: LocalCloud, bucket: str) -> set[str]:
    found = cloud.storage.server.client.list_objects_v2(Bucket=bucket)
    return {entry["Key"] for entry in found.get("Contents", [])}


def test_a_photo_is_named_by_the_function_judged_and_deleted(page: Page, cloud: LocalCloud) -> None:
    events = cloud.lambdas.counted(FUNCTION, "events")
    photos = objects(cloud, "photos")
    page.goto("/")

    choose(page, LEMUR)
    ask(page)
    expect(page.locator("#answer")).to_contain_text("ring-tailed lemur")
    kept = objects(cloud, "photos") - photos
    page.click("text=Yes, that is it")
    expect(page.locator("#feedback")).to_contain_text("Thank you")
    page.click(".deleting summary")
    page.click(".deleting button")
    expect(page.locator("#answer")).to_have_text("The answer is deleted.")

    assert cloud.lambdas.counted(FUNCTION, "events") == events + 1
    assert len(kept) == 1
    assert not kept & objects(cloud, "photos")


def test_an_answer_leads_to_its_area_and_to_its_animal(page: Page) -> None:
    page.goto("/")
    page.click("button[value=koala]")
    expect(page.locator("#answer h1")).to_contain_text("koala")

    page.locator("#answer a[href^='/areas/']").first.click()

    expect(page.locator("main h1")).to_be_visible()
    page.goto("/animals/42983")
    expect(page.locator("main")).to_contain_text("Phascolarctos cinereus")


def test_a_batch_is_named_by_several_environments(page: Page, cloud: LocalCloud) -> None:
    photos = sorted(examples().values())
    page.goto("/batch", wait_until="networkidle")

    page.locator("#photos").set_input_files(photos)
    page.get_by_role("button", name=f"Identify {len(photos)} photos").click()

    expect(page.locator("#count")).to_have_text(f"{len(photos)} of {len(photos)}")
    assert cloud.lambdas.counted(FUNCTION, "environments") > 1


def noise() -> bytes:
    """Return a photo of some four million bytes, which no browser makes smaller."""
    bands = [Image.effect_noise((1300, 1100), 90.0) for _ in range(3)]
    return photo(Image.merge("RGB", bands), "PNG")


def test_a_large_photo_goes_by_the_store_and_is_taken_away_there(
    page: Page, cloud: LocalCloud
) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    page.goto("/")

    choose(page, {"name": "noise.png", "mimeType": "image/png", "buffer": noise()})
    ask(page)

    assert f"POST {cloud.storage.server.url}/uploads" in sent
    assert objects(cloud, "uploads") == set()


def test_without_script_a_photo_is_named_too(browser: Browser, cloud: LocalCloud) -> None:
    with browser.new_context(base_url=cloud.website.url, java_script_enabled=False) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto("/")

        page.set_input_files("#photo", LEMUR)
        page.click("#go")

        expect(page.locator("#answer")).to_contain_text("ring-tailed lemur")

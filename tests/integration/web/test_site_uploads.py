"""Large photos on the page: by a signed form to the bucket, and to nowhere else."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect

from asked import last
from fieldmark.settings import S3Place, Settings
from s3_faults import FaultyS3, faulty
from s3_server import Bucket, S3Server, lead_to, new_bucket
from visits import LEMUR, ask, big_photo, choose, file_of
from website import Site, Visit, alone, running, visit


@pytest.fixture(scope="module")
def bucket(s3_server: S3Server) -> Bucket:
    """Return a bucket that any page may post to, as the infrastructure sets it up."""
    bucket = new_bucket(s3_server)
    bucket.server.client.put_bucket_cors(
        Bucket=bucket.name,
        CORSConfiguration={"CORSRules": [{"AllowedMethods": ["POST"], "AllowedOrigins": ["*"]}]},
    )
    return bucket


@pytest.fixture(scope="module")
def store(bucket: Bucket) -> Iterator[FaultyS3]:
    """Return what stands before the bucket."""
    with faulty(bucket.server.port) as state, pytest.MonkeyPatch.context() as patch:
        lead_to(state.url, patch)
        yield state


@pytest.fixture(scope="module")
def shop(
    store: FaultyS3, bucket: Bucket, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Return a website with uploads."""
    assert store.fault is None
    settings = Settings(concurrency=2, uploads=S3Place(bucket.name, "in/"))
    with running(tmp_path_factory.mktemp("shop"), settings) as site:
        yield site


@pytest.fixture
def window(browser: Browser, shop: Site, store: FaultyS3, bucket: Bucket) -> Iterator[Visit]:
    """Return a window on the first page; no request left for elsewhere at its end."""
    store.fault = None
    bucket.at().delete(bucket.all_keys())
    with visit(browser, shop, store.url) as found:
        found.page.goto("/", wait_until="load")
        yield found


@pytest.fixture(scope="module")
def large() -> FilePayload:
    """Return the lemurs as a file that no browser makes smaller."""
    picture = io.BytesIO()
    with Image.open(LEMUR) as image:
        image.convert("RGB").resize((1600, 1200)).save(picture, "PNG", compress_level=0)
    return {"name": "at-home.png", "mimeType": "image/png", "buffer": picture.getvalue()}


def foreign(window: Visit, site: Site) -> list[tuple[str, str]]:
    """Return method and address of each request to another origin."""
    ours = (f"{site.url}/", "blob:", "data:")
    return [(r.method, r.url) for r in window.requests if not r.url.startswith(ours)]


def answered(page: Page) -> None:
    expect(page.locator("#answer")).to_contain_text("lemur")


def test_a_large_photo_goes_to_the_bucket_and_only_its_key_to_the_service(
    window: Visit, shop: Site, store: FaultyS3, bucket: Bucket, large: FilePayload
) -> None:
    choose(window.page, large)
    expect(window.page.locator("#sends")).to_contain_text("where it is deleted once it is answered")
    ask(window.page)

    answered(window.page)
    assert foreign(window, shop) == [("POST", f"{store.url}/{bucket.name}")]
    question = last(shop.asked, "/identify")
    assert "photo" not in question.fields()
    assert len(question.body) < 10_000
    assert bucket.all_keys() == []


def test_the_bucket_is_told_nothing_but_the_photo(
    window: Visit, large: FilePayload, store: FaultyS3
) -> None:
    choose(window.page, large)
    with window.page.expect_request(f"{store.url}/**") as posted:
        ask(window.page)

    headers = posted.value.all_headers()
    assert not {"referer", "cookie", "authorization"} & set(headers)
    body = posted.value.post_data_buffer or b""
    assert b"at-home" not in body


def test_the_same_photo_is_laid_down_again_for_another_question(
    window: Visit, shop: Site, large: FilePayload
) -> None:
    choose(window.page, large)
    ask(window.page)
    first = last(shop.asked, "/identify").fields()["photo_key"]

    with window.page.expect_response(lambda answer: answer.url.endswith("/identify")):
        window.page.click("#go")

    answered(window.page)
    assert last(shop.asked, "/identify").fields()["photo_key"] != first


@pytest.mark.parametrize("fault", [(403, "AccessDenied"), "drop"])
def test_a_photo_that_the_bucket_does_not_take_is_sent_directly(
    browser: Browser, shop: Site, store: FaultyS3, large: FilePayload, fault: tuple[int, str] | str
) -> None:
    store.fault = fault
    with visit(browser, shop, store.url) as window:
        window.page.goto("/", wait_until="load")
        choose(window.page, large)
        ask(window.page)

        answered(window.page)
        window.faults.clear()  # the browser complains of the answer that did not come
    store.fault = None

    assert last(shop.asked, "/identify").fields()["photo"] == large["buffer"]


def test_a_jpeg_that_is_made_smaller_goes_directly(window: Visit, shop: Site) -> None:
    choose(window.page, file_of(big_photo()))
    ask(window.page)

    assert foreign(window, shop) == []
    assert "photo" in last(shop.asked, "/identify").fields()


def test_roughly_nothing_goes_to_the_bucket(window: Visit, shop: Site, large: FilePayload) -> None:
    window.page.check("#use-rough")
    window.page.set_input_files("#photo", large)
    expect(window.page.locator("#sends")).to_contain_text("nothing else of the file")
    ask(window.page)

    assert foreign(window, shop) == []


def test_a_batch_takes_the_same_way(
    window: Visit, shop: Site, store: FaultyS3, bucket: Bucket, large: FilePayload
) -> None:
    window.page.goto("/batch", wait_until="load")
    window.page.set_input_files("#photos", [large, file_of(LEMUR.read_bytes())])
    window.page.click("#go")

    expect(window.page.locator("#count")).to_contain_text("2 of 2")
    assert foreign(window, shop) == [("POST", f"{store.url}/{bucket.name}")]
    assert bucket.all_keys() == []


def test_the_about_page_says_so(window: Visit) -> None:
    window.page.goto("/about", wait_until="load")

    expect(window.page.locator("#privacy")).to_contain_text("deleted from there")


@alone
def test_without_a_store_pages_may_send_to_their_own_origin_only(
    site: Site, browser: Browser, large: FilePayload
) -> None:
    with visit(browser, site) as window:
        window.page.goto("/", wait_until="load")
        choose(window.page, large)
        ask(window.page)

    assert "photo" in last(site.asked, "/identify").fields()

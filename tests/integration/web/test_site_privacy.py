import io
import json

import h3.api.basic_int as h3
from PIL import Image
from playwright.sync_api import Page, expect

from asked import Asked, last
from visits import LEMUR, OpenPage, ask, bare_photo, big_photo, choose, file_of
from website import Site

HEAD_BYTES = 256 * 1024


def rough_question(page: Page, site: Site) -> tuple[Asked, list[Asked]]:
    """Ask about a photo with a place in the rough mode; return the question and all requests."""
    since = len(site.asked)
    page.check("#use-rough")
    page.set_input_files("#photo", file_of(big_photo(), "at-grandmothers-house.jpg"))
    expect(page.locator("#sends")).to_contain_text("nothing else of the file")
    page.locator("#map").click(position={"x": 200, "y": 150})
    expect(page.locator("#map-text")).to_contain_text("cell 83")
    page.select_option("#month", "9")
    ask(page)
    return last(site.asked, "/identify"), site.asked[since:]


def test_roughly_means_pixels_cell_and_month_and_nothing_else(
    open_page: OpenPage, site: Site
) -> None:
    question, _ = rough_question(open_page(), site)

    fields = question.fields()
    assert set(fields) == {"photo", "setting", "use_area", "cell", "month", "fragment"}
    assert fields["month"] == b"9"
    assert fields["cell"].startswith(b"83")
    with Image.open(io.BytesIO(fields["photo"])) as copy:
        assert copy.size == (1024, 683)
        assert not copy.getexif()
    for trace in (b"Exif", b"http://ns.adobe.com", b"secret-maker-note", b"grandmother"):
        assert trace not in question.body


def test_roughly_no_request_at_all_tells_the_place_or_the_name(
    open_page: OpenPage, site: Site
) -> None:
    _, asked = rough_question(open_page(), site)

    assert "/v1/photo-metadata" not in [request.path for request in asked]
    for request in asked:
        sent = b" ".join((request.path.encode(), request.query, request.body))
        assert b"latitude" not in sent
        assert b"longitude" not in sent
        assert b"grandmother" not in sent


def test_roughly_a_place_may_be_named(open_page: OpenPage, site: Site) -> None:
    page = open_page()
    page.check("#use-rough")
    page.set_input_files("#photo", LEMUR)

    page.locator("#place").press_sequentially("kruger n")
    page.locator("#place-options [role=option]").first.click()
    expect(page.locator("#map-text")).to_contain_text("round Kruger National Park, cell")
    ask(page)

    assert "place" not in last(site.asked, "/identify").fields()
    expect(page.locator("#answer")).to_contain_text("Only the area")


def test_roughly_is_remembered_for_the_next_visit(open_page: OpenPage) -> None:
    page = open_page()

    page.check("#use-rough")
    page.reload()

    expect(page.locator("#use-rough")).to_be_checked()
    expect(page.locator("#here")).to_be_hidden()


def test_a_big_photo_goes_as_an_upright_copy_with_the_head_of_the_original(
    open_page: OpenPage, site: Site
) -> None:
    original = big_photo()
    page = open_page()

    choose(page, file_of(original))
    expect(page.locator("#sends")).to_contain_text("a copy of 1024")
    ask(page)

    fields = last(site.asked, "/identify").fields()
    assert fields["metadata"] == original[:HEAD_BYTES]
    assert len(fields["photo"]) < len(original) / 2
    with Image.open(io.BytesIO(fields["photo"])) as copy:
        assert copy.size == (1024, 683)
        assert not copy.getexif()
    assert "latitude" not in fields
    expect(page.locator("#answer")).to_contain_text("as the camera wrote it into the photo")
    expect(page.locator("#answer")).to_contain_text("ring-tailed lemur")


def test_only_the_head_is_read_for_its_metadata(open_page: OpenPage, site: Site) -> None:
    original = big_photo()

    choose(open_page(), file_of(original))

    assert last(site.asked, "/v1/photo-metadata").body == original[:HEAD_BYTES]


def test_what_is_no_jpeg_goes_whole(open_page: OpenPage, site: Site) -> None:
    png = io.BytesIO()
    Image.open(io.BytesIO(bare_photo())).save(png, "PNG")
    page = open_page()

    choose(page, {"name": "p.png", "mimeType": "image/png", "buffer": png.getvalue()})
    ask(page)

    assert last(site.asked, "/identify").fields()["photo"] == png.getvalue()


def test_the_name_of_a_file_stays_at_home(open_page: OpenPage, site: Site) -> None:
    page = open_page()

    choose(page, file_of(LEMUR.read_bytes(), "my-secret-garden.jpg"))
    ask(page)

    assert not any(b"my-secret-garden" in asked.body for asked in site.asked)


def test_a_permanent_link_holds_no_exact_place(open_page: OpenPage) -> None:
    page = open_page()
    choose(page, LEMUR)
    ask(page)
    exact = json.loads(page.locator("[data-json]").inner_text())["position"]

    link = page.get_attribute("[data-permalink]", "href")
    page.goto(page.url.rstrip("/") + str(link))

    expect(page.locator("h1")).to_contain_text("primates")
    expect(page.locator(".setting-out")).to_contain_text("the exact place is not kept")
    for figure in (exact["latitude"], exact["longitude"]):
        assert f"{abs(figure):.2f}" not in page.content()


def test_the_size_of_the_copy_keeps_twice_what_the_model_sees(open_page: OpenPage) -> None:
    page = open_page()

    sizes = page.evaluate(
        """async (script) => {
          const { copySize } = await import(script);
          return [[4000, 3000], [3000, 4000], [6000, 1000], [800, 600], [1, 9000], [1024, 1024]]
            .map(([width, height]) => Object.values(copySize(width, height)));
        }""",
        script_of(page, "photo.js"),
    )

    assert sizes == [[1024, 768], [768, 1024], [3120, 520], [800, 600], [1, 9000], [1024, 1024]]


def test_the_nearest_cell_is_found_from_the_widest_down(open_page: OpenPage) -> None:
    page = open_page()
    points = [[-24.99, 31.55], [0.0, 0.0], [89.9, 10.0], [-16.5, 179.99], [64.7, 10.54]]

    found = page.evaluate(
        """async ([script, points]) => {
          const { cellAt } = await import(script);
          return Promise.all(points.map(async ([lat, lng]) => (await cellAt(lat, lng, 3)).cell));
        }""",
        [script_of(page, "cells.js"), points],
    )

    for (latitude, longitude), cell in zip(points, found, strict=True):
        own = h3.latlng_to_cell(latitude, longitude, 3)
        assert h3.str_to_int(cell) in h3.grid_disk(own, 1)


def script_of(page: Page, name: str) -> str:
    main = page.get_attribute("script[type=module]", "src")
    return str(main).replace("identify.js", name)

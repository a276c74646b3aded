import base64
import re
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from asked import last
from fieldmark.settings import Settings
from visits import DESKTOP, LEMUR, PHONE, Context, OpenPage, ask, bare_photo, choose, file_of
from website import Site, running

HAND_OVER = """([data, kind]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "lemurs.jpg", { type: "image/jpeg" }));
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true })
    : new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true });
  document.querySelector(".mount").dispatchEvent(event);
}"""


def hand_over(page: Page, kind: str) -> None:
    page.evaluate(HAND_OVER, [base64.b64encode(LEMUR.read_bytes()).decode(), kind])


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_chosen_photo_shows_its_place_and_is_named(open_page: OpenPage, size: Context) -> None:
    page = open_page(**size)

    choose(page, LEMUR)
    expect(page.locator("#map-text")).to_contain_text("21.97° S, 46.93° E, from the photo")
    expect(page.locator("#found-text")).to_contain_text("18 September 2025")
    expect(page.locator(".pin")).to_be_visible()
    ask(page)

    expect(page.locator("#answer")).to_contain_text("ring-tailed lemur")
    expect(page.locator("#answer")).to_contain_text("as the camera wrote it into the photo")
    expect(page.locator("#answer [data-photo-image]")).to_be_visible()
    expect(page.locator("#answer h1")).to_be_focused()
    expect(page.locator("#answer .leaflet-overlay-pane path")).to_have_count(2)
    expect(page.locator("#announcer")).to_contain_text("primates")


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_photo_may_be_handed_over(open_page: OpenPage, kind: str) -> None:
    page = open_page()

    hand_over(page, kind)

    expect(page.locator("#preview")).to_be_visible()
    expect(page.locator("#map-text")).to_contain_text("from the photo")
    ask(page)


def test_a_file_held_over_the_page_lights_the_mount(open_page: OpenPage) -> None:
    page = open_page()

    hand_over(page, "dragover")

    expect(page.locator(".mount.is-over")).to_be_visible()


def test_an_example_is_one_click_away(open_page: OpenPage) -> None:
    page = open_page()

    page.click("button[value=koala]")

    expect(page.locator("#answer h1")).to_contain_text("koala")
    expect(page.locator("#map-text")).to_contain_text("from the photo")


def test_a_photo_without_a_place_says_so_and_why(open_page: OpenPage) -> None:
    page = open_page()

    choose(page, file_of(bare_photo()))

    expect(page.locator("#found-text")).to_contain_text("carries no location")
    page.click("#why-lost summary")
    expect(page.locator("#why-lost")).to_contain_text("iPhones")
    ask(page)
    expect(page.locator("#answer")).to_contain_text("Nothing says where the photo was taken")


def test_the_pin_can_be_dragged(open_page: OpenPage, site: Site) -> None:
    page = open_page(**DESKTOP)
    choose(page, LEMUR)
    pin = page.locator("#map .pin")
    pin.scroll_into_view_if_needed()
    box = pin.bounding_box()
    assert box is not None

    page.mouse.move(box["x"] + 17, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 77, box["y"] + 20, steps=5)
    page.mouse.up()

    expect(page.locator("#map-text")).to_contain_text("from the map")
    ask(page)
    assert float(last(site.asked, "/identify").fields()["longitude"]) > 46.95
    expect(page.locator("#answer")).to_contain_text("as you gave it")


def test_the_whole_way_by_keyboard_alone(open_page: OpenPage, site: Site) -> None:
    page = open_page(**DESKTOP)

    with page.expect_file_chooser() as asked:
        tab_to(page, "#photo")
        page.keyboard.press("Enter")
    asked.value.set_files(LEMUR)
    expect(page.locator("#map-text")).to_contain_text("from the photo")
    before = float(page.input_value("#latitude"))
    tab_to(page, "#map .pin")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(page.locator("#announcer")).to_contain_text("from the map")
    after = float(page.input_value("#latitude"))
    tab_to(page, "#go")
    page.keyboard.press("Enter")

    expect(page.locator("#answer h1")).to_be_focused()
    assert after < before
    assert float(last(site.asked, "/identify").fields()["latitude"]) == after


def tab_to(page: Page, wanted: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"the keyboard does not reach {wanted}")


def test_enter_on_the_map_pins_its_middle(open_page: OpenPage) -> None:
    page = open_page()

    page.focus("#map")
    page.keyboard.press("Enter")

    expect(page.locator("#map-text")).to_contain_text(
        re.compile(r"15\.\d\d° N, (9|10)\.\d\d° E, from the map")
    )


def test_a_place_is_found_by_name_and_taken_with_the_arrow_keys(
    open_page: OpenPage, site: Site
) -> None:
    page = open_page()
    choose(page, file_of(bare_photo()))

    page.locator("#place").press_sequentially("krug")
    expect(page.locator("#place-options [role=option]")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.locator("#map-text")).to_contain_text("from Kruger National Park")
    ask(page)
    assert last(site.asked, "/identify").fields()["radius_m"] == b"180000"


def test_a_name_that_was_only_typed_is_looked_up_by_the_service(open_page: OpenPage) -> None:
    page = open_page()
    choose(page, file_of(bare_photo()))

    page.fill("#place", "Andringitra")
    page.keyboard.press("Escape")
    page.click("#go")

    expect(page.locator("#answer article, #problem [data-problem]")).to_be_visible()


def test_coordinates_may_be_typed_in_one_field_or_in_two(open_page: OpenPage) -> None:
    page = open_page()

    page.fill("#place", "-24.99, 31.55")
    page.press("#place", "Tab")
    expect(page.locator("#map-text")).to_contain_text("24.99° S, 31.55° E, from what you typed")
    page.click("#coordinates summary")
    page.fill("#longitude", "32.5")
    page.press("#longitude", "Tab")

    expect(page.locator("#map-text")).to_contain_text("24.99° S, 32.50° E")


def test_the_device_may_say_where_it_is(open_page: OpenPage) -> None:
    page = open_page(
        geolocation={"latitude": 48.2, "longitude": 16.37, "accuracy": 40},
        permissions=["geolocation"],
    )

    page.click("#here")

    expect(page.locator("#map-text")).to_contain_text("48.20° N, 16.37° E, from this device")
    assert page.input_value("#radius_m") == "40"


def test_a_cleared_pin_leaves_the_place_out(open_page: OpenPage, site: Site) -> None:
    page = open_page()
    choose(page, LEMUR)

    page.click("#clear")
    ask(page)

    assert last(site.asked, "/identify").fields()["use_area"] == b"off"
    expect(page.locator("#answer")).to_contain_text("You went without the place")


def test_a_kept_animal_is_not_judged_by_its_place(open_page: OpenPage) -> None:
    page = open_page()
    choose(page, LEMUR)

    page.check("[name=setting][value=captive]")
    ask(page)

    expect(page.locator("#answer")).to_contain_text("Kept animals can live anywhere")


def test_the_date_can_be_set(open_page: OpenPage) -> None:
    page = open_page()
    choose(page, LEMUR)

    page.fill("#taken_on", "2025-02-03")
    ask(page)

    expect(page.locator("#answer .setting-out")).to_contain_text("February")


def test_the_answer_can_be_asked_again_with_another_place(open_page: OpenPage) -> None:
    page = open_page()
    choose(page, LEMUR)
    ask(page)

    page.click("text=Correct the place or the date")
    page.fill("#place", "-24.99, 31.55")
    page.press("#place", "Tab")
    expect(page.locator("#go")).to_have_text("Identify again")
    page.click("#go")

    expect(page.locator("#answer .setting-out")).to_contain_text("24.99° S, 31.55° E")


def test_a_busy_service_is_asked_again_and_the_wait_is_announced(open_page: OpenPage) -> None:
    page = open_page()
    choose(page, LEMUR)
    turned_away: list[str] = []

    def busy(route: Route, request: Request) -> None:
        if turned_away:
            route.continue_()
            return
        turned_away.append(request.url)
        route.fulfill(status=503, headers={"Retry-After": "1"}, body="busy")

    page.route("**/identify", busy)
    page.click("#go")

    expect(page.locator("#announcer")).to_contain_text("busy")
    expect(page.locator("#answer article")).to_be_visible()


def test_what_cannot_be_read_is_said_and_the_form_stays(open_page: OpenPage) -> None:
    page = open_page()
    page.set_input_files("#photo", file_of(b"\xff\xd8\xff\xe0 no picture"))
    page.fill("#place", "-24.99, 31.55")
    page.press("#place", "Tab")

    page.click("#go")

    expect(page.locator("#problem [role=alert]")).to_be_focused()
    assert page.locator("#problem [data-problem]").get_attribute("data-problem") in (
        "photo-unreadable", "photo-type-unsupported",
    )  # fmt: skip
    assert re.match(r"-24\.99", page.input_value("#latitude"))


def test_identify_without_a_photo_asks_for_one(open_page: OpenPage) -> None:
    page = open_page()

    page.click("#go")

    expect(page.locator("#problem")).to_contain_text("Choose a photo first.")


def test_where_keys_are_needed_the_page_leads_to_the_form_for_one(
    open_page: OpenPage, tmp_path: Path
) -> None:
    keyed = Settings(concurrency=1, api_keys=frozenset({sha256(b"secret").hexdigest()}))
    with running(tmp_path, keyed) as site:
        page = open_page(on=site)

        page.set_input_files("#photo", LEMUR)
        page.fill("#key", "secret")
        page.click("main button")
        choose(page, LEMUR)
        ask(page)

        expect(page.locator("#answer")).to_contain_text("ring-tailed lemur")
        page.context.close()


def test_a_place_that_is_typed_and_not_picked_counts_more_than_the_photos_own(
    open_page: OpenPage, site: Site
) -> None:
    page = open_page()
    choose(page, LEMUR)

    page.fill("#place", "Kruger")
    ask(page)

    fields = last(site.asked, "/identify").fields()
    assert fields["place"] == b"Kruger"
    assert "latitude" not in fields
    expect(page.locator("#answer")).not_to_contain_text("as the camera wrote it")

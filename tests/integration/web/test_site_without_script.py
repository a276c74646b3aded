import pytest
from playwright.sync_api import expect

from visits import DESKTOP, LEMUR, PHONE, Context, OpenPage

PLAIN = {"java_script_enabled": False}


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_form_leads_to_the_answer(open_page: OpenPage, size: Context) -> None:
    page = open_page(**PLAIN, **size)

    page.set_input_files("#photo", LEMUR)
    page.click("#go")

    expect(page.locator("h1")).to_contain_text("primates")
    expect(page.locator(".measure-text").first).to_be_visible()
    expect(page.locator(".setting-out")).to_contain_text("21.97° S, 46.93° E")
    page.locator(".evidence summary").first.click()
    expect(page.locator(".months svg").first).to_be_visible()
    page.locator(".months-figures summary").first.click()
    expect(page.locator(".months-figures td").first).to_be_visible()


def test_nothing_is_offered_that_needs_a_script(open_page: OpenPage) -> None:
    page = open_page(**PLAIN)

    for hidden in ("#map", "#here", "#use-rough", "#photo-other"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.locator("#photo")).to_be_visible()


def test_a_place_may_be_named(open_page: OpenPage) -> None:
    page = open_page(**PLAIN)

    page.set_input_files("#photo", LEMUR)
    page.fill("#place", "Kruger National Park")
    page.click("#go")

    expect(page.locator(".setting-out")).to_contain_text("as you gave it")


def test_what_was_typed_comes_back_with_what_was_wrong(open_page: OpenPage) -> None:
    page = open_page(**PLAIN)

    page.set_input_files("#photo", LEMUR)
    page.fill("#place", "Nowhere <b>at</b> all")
    page.check("[name=setting][value=captive]")
    page.click("#go")

    expect(page.locator("[role=alert]")).to_contain_text("No place is called")
    assert page.input_value("#place") == "Nowhere <b>at</b> all"
    assert page.is_checked("[name=setting][value=captive]")


def test_an_example_is_one_click_away(open_page: OpenPage) -> None:
    page = open_page(**PLAIN)

    page.click("button[value=koala]")

    expect(page.locator("h1")).to_contain_text("koala")


def test_feedback_and_deletion_are_forms(open_page: OpenPage) -> None:
    page = open_page(**PLAIN)
    page.click("button[value=koala]")

    page.click(".deleting summary")
    code = page.locator("[data-token]").inner_text()
    page.fill("#other-animal", "lion")
    page.click("[data-other]")
    expect(page.locator("#feedback")).to_contain_text("Thank you")
    address = page.url.split("?")[0]
    page.click(".deleting summary")
    page.fill("#delete-token", code)
    page.click(".deleting button")

    expect(page.locator("h1")).to_contain_text("deleted")
    gone = page.goto(address)
    assert gone is not None
    assert gone.status == 404

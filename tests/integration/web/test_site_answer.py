import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fake_identifier import FakeIdentifier, lion_answer
from fieldmark.domain.answer import Answer, Look
from fieldmark.domain.note import Note
from fieldmark.domain.taxon import Rank, Taxon
from fieldmark.ports import Question, StoredPhoto
from visits import LEMUR, OpenPage, ask, choose, file_of
from website import Site, running

HOSTILE = '"><img src=x onerror="window.hacked=1"></script><script>window.hacked=1</script>'


@pytest.fixture
def answered(open_page: OpenPage) -> Page:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    choose(page, LEMUR)
    ask(page)
    return page


def test_looks_place_and_total_stand_side_by_side(answered: Page) -> None:
    first = answered.locator("#answer .animal").first

    assert first.locator("dt").all_inner_texts() == ["Looks", "Place", "Both"]
    tops = [box["y"] for line in first.locator("dt").all() if (box := line.bounding_box())]
    assert max(tops) - min(tops) < 1
    expect(answered.locator("#answer .is-unusual .mark").first).to_have_text("unusual here")


def test_the_months_have_a_table(answered: Page) -> None:
    first = answered.locator("#answer .animal").first
    first.locator(".evidence > summary").click()
    expect(first.get_by_role("img")).to_have_accessible_name(
        "Occurrence of ring-tailed lemur here, month by month: 50\u202f% in every month"
    )

    first.locator(".months-figures summary").click()

    expect(first.locator(".months-figures tbody tr")).to_have_count(12)


def test_the_answer_can_be_copied_as_json(answered: Page) -> None:
    answered.click("[data-copy=json]")

    expect(answered.locator("[data-copy-status]")).to_have_text("Copied.")
    copied = json.loads(answered.evaluate("navigator.clipboard.readText()"))
    assert copied["best"]["taxon"]["scientific_name"] == "Primates"
    assert copied["position"]["source"] == "exif"


def test_right_is_one_click(answered: Page, site: Site) -> None:
    answered.click("text=Yes, that is it")

    expect(answered.locator("#feedback")).to_contain_text("Thank you")
    assert b"verdict=right" in [q for q in site.asked if q.path.endswith("/feedback")][-1].body


def test_another_animal_is_found_by_name(answered: Page, site: Site) -> None:
    answered.locator("#other-animal").press_sequentially("indri")
    answered.get_by_role("option").filter(has_text="Indri indri").first.click()
    answered.click("[data-other]")

    expect(answered.locator("#feedback")).to_contain_text("Thank you")
    body = [q for q in site.asked if q.path.endswith("/feedback")][-1].body
    assert b"taxon_id=4" in body
    assert b"verdict=wrong" in body


def test_an_unknown_animal_is_refused_in_words(answered: Page) -> None:
    answered.fill("#other-animal", "zzyzx")
    answered.click("[data-other]")

    expect(answered.locator("[data-feedback-status]")).not_to_be_empty()


def test_who_asked_may_delete(answered: Page) -> None:
    link = answered.url.rstrip("/") + str(answered.get_attribute("[data-permalink]", "href"))

    answered.click(".deleting summary")
    answered.click(".deleting button")

    expect(answered.locator("#answer")).to_have_text("The answer is deleted.")
    gone = answered.goto(link)
    assert gone is not None
    assert gone.status == 404


class HostileIdentifier(FakeIdentifier):
    """Names everything so that it would run, were it not escaped."""

    def identify(self, photo: bytes | StoredPhoto, question: Question) -> Answer:
        """See ports.Identifier."""
        super().identify(photo, question)
        told = lion_answer(HOSTILE)
        taxon = Taxon(7, HOSTILE, HOSTILE, Rank.SPECIES)
        assert told.best is not None
        return dataclasses.replace(
            told,
            best=dataclasses.replace(told.best, taxon=taxon),
            animals=tuple(dataclasses.replace(line, taxon=taxon) for line in told.animals),
            by_looks=(Look(taxon, 0.5),),
            notes=(Note("x", HOSTILE),),
        )


@pytest.fixture
def hostile_site(tmp_path: Path) -> Iterator[Site]:
    with running(tmp_path, identifier=HostileIdentifier()) as site:
        yield site


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_no_name_can_run(open_page: OpenPage, hostile_site: Site, script: bool) -> None:  # noqa: FBT001  # a parameter
    page = open_page(on=hostile_site, java_script_enabled=script)

    page.set_input_files("#photo", file_of(LEMUR.read_bytes(), HOSTILE.replace("/", "_")))
    page.click("#go")
    expect(page.locator("article h1")).to_contain_text('"><img src=x')

    assert page.locator("img[src=x]").count() == 0
    assert "<script>window" not in page.content().replace("&lt;", "")
    if script:
        assert page.evaluate("window.hacked") is None
        assert json.loads(page.locator("[data-json]").inner_text())["photo"] is not None
        link = str(page.get_attribute("[data-permalink]", "href"))
        page.goto(hostile_site.url + link)
        assert page.evaluate("window.hacked") is None

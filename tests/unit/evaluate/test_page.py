import re
from html.parser import HTMLParser

import msgspec
import pytest

from animals import LION
from evaluation import CONTEXT, case, row
from fieldmark.evaluate import Looks, Report, page, report_of, tuning_of
from fieldmark.evaluate.sections import sections


@pytest.fixture(scope="module")
def report() -> Report:
    cases = tuple(
        case(
            {"jaguar": 0.5, "lion": 0.4},
            {LION: 1.0},
            row("Panthera leo" if k % 2 else "Panthera onca"),
            photo=f"<{k}>.jpg",
        )
        for k in range(12)
    )
    looks = Looks(cases, ())
    return msgspec.structs.replace(report_of(looks, CONTEXT), tuning=tuning_of(looks, CONTEXT))


class Elements(HTMLParser):
    """Counts what opens and checks that all of it closes in order."""

    VOID = frozenset({"meta", "circle", "path", "polyline"})

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.stack: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.opened.append(tag)
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.stack.pop() == tag


def test_every_element_of_the_page_is_closed(report: Report) -> None:
    parser = Elements()

    parser.feed(page(report))

    assert parser.stack == []
    assert parser.opened.count("table") == parser.opened.count("caption") > 5
    assert parser.opened.count("svg") == 1


def test_the_page_asks_nobody_for_anything(report: Report) -> None:
    text = page(report)

    assert "default-src 'none'" in text
    assert not re.search(r"(?:src|href)=|url\(|@import|https?:", text)


def test_names_are_escaped(report: Report) -> None:
    text = page(report)

    assert "<0>.jpg" not in text
    assert "&lt;1&gt;.jpg" in text


def test_both_colour_schemes_are_served(report: Report) -> None:
    assert "prefers-color-scheme: dark" in page(report)


def test_every_row_of_a_section_has_all_its_columns(report: Report) -> None:
    for section in sections(report):
        assert all(len(row) == len(section.columns) for row in section.rows), section.title


def test_the_report_survives_a_round_trip_through_json(report: Report) -> None:
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report


def test_the_snippet_is_there_to_paste(report: Report) -> None:
    assert "<pre><code>[fusion]" in page(report)

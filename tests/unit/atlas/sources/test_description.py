"""A description gives title, licence and DOI where it states them."""

import pytest

from fieldmark.atlas.sources.darwin_core.description import Description, doi_in, read_description


def eml(dataset: str, more: str = "", root: str = "") -> bytes:
    return (
        f'<eml:eml xmlns:eml="eml://ecoinformatics.org/eml-2.1.1" {root}>'
        f"<dataset>{dataset}</dataset>{more}</eml:eml>"
    ).encode()


def rights(words: str) -> str:
    return f"<intellectualRights><para>{words}</para></intellectualRights>"


def read(content: bytes) -> Description:
    return read_description(content, "a.zip: eml.xml")


def test_a_description_that_says_nothing_says_nothing() -> None:
    assert read(eml("")) == Description()


def test_the_title_is_one_line() -> None:
    assert read(eml("<title>Birds\n   of <i>Ghent</i></title>")).title == "Birds of Ghent"


@pytest.mark.parametrize(
    ("dataset", "licence"),
    [
        (
            rights(
                'A <ulink url="http://creativecommons.org/licenses/by/4.0/legalcode">CC</ulink>'
            ),
            "http://creativecommons.org/licenses/by/4.0/legalcode",
        ),
        (rights("Ask  us"), "Ask us"),
        (rights(""), None),
        (
            rights("old")
            + "<licensed><url>https://spdx.org/licenses/CC0-1.0.html</url></licensed>",
            "https://spdx.org/licenses/CC0-1.0.html",
        ),
    ],
)
def test_the_licence_is_its_address_else_its_words(dataset: str, licence: str | None) -> None:
    assert read(eml(dataset)).licence == licence


@pytest.mark.parametrize(
    "content",
    [
        eml("<alternateIdentifier>13</alternateIdentifier>"
            "<alternateIdentifier>https://doi.org/10.15468/dl.ab12cd</alternateIdentifier>"),
        eml("", root='packageId="10.15468/dl.ab12cd"'),
        eml("<title>GBIF Occurrence Download 10.15468/dl.ab12cd</title>"),
        eml("", "<additionalMetadata><metadata><gbif><citation identifier="
            "'doi:10.15468/dl.ab12cd'>A</citation></gbif></metadata></additionalMetadata>"),
    ],
)  # fmt: skip
def test_the_doi_is_found_where_it_is_written(content: bytes) -> None:
    assert read(content).doi == "10.15468/dl.ab12cd"


def test_the_encoding_of_the_document_holds() -> None:
    content = '<?xml version="1.0" encoding="windows-1252"?><e><dataset><title>Noé €</title>'
    content += "</dataset></e>"

    assert read(content.encode("cp1252")).title == "Noé €"


def test_a_doi_ends_with_its_sentence() -> None:
    assert doi_in("(see https://doi.org/10.15468/dl.x1). Cite it") == "10.15468/dl.x1"
    assert doi_in("no 10.5 here") is None

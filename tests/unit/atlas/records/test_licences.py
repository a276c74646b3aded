import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.atlas.records.licences import Licence, read_licence, strictest


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("CC0_1_0", Licence.CC0),
        ("CC0", Licence.CC0),
        ("http://creativecommons.org/publicdomain/zero/1.0/legalcode", Licence.CC0),
        ("Public Domain Dedication (CC0 1.0)", Licence.CC0),
        ("CC_BY_4_0", Licence.BY),
        ("cc by 4.0", Licence.BY),
        ("https://creativecommons.org/licenses/by/4.0/", Licence.BY),
        ("CC-BY-NC", Licence.BY_NC),
        ("CC_BY_NC_4_0", Licence.BY_NC),
        ("http://creativecommons.org/licenses/by-nc/4.0/legalcode", Licence.BY_NC),
        (
            "Licensed under a Creative Commons Attribution Non Commercial (CC-BY-NC) 4.0 License.",
            Licence.BY_NC,
        ),
        ("Creative Commons Attribution-ShareAlike 3.0", Licence.BY_SA),
        ("cc-by-nc-sa", Licence.BY_NC_SA),
        ("CC BY-ND", Licence.BY_ND),
        ("Creative Commons Attribution-NonCommercial-NoDerivatives 4.0", Licence.BY_NC_ND),
        ("http://creativecommons.org/publicdomain/mark/1.0/", Licence.PUBLIC_DOMAIN),
        ("UNSPECIFIED", Licence.UNSTATED),
        ("", Licence.UNSTATED),
        (None, Licence.UNSTATED),
        ("UNSUPPORTED", Licence.OTHER),
        ("All rights reserved", Licence.OTHER),
        ("© public domain? ask me", Licence.OTHER),
    ],
)
def test_one_licence_has_many_spellings(text: str | None, licence: Licence) -> None:
    assert read_licence(text) is licence


@given(st.text(max_size=600))
def test_any_text_means_some_licence(text: str) -> None:
    assert read_licence(text) in Licence


def test_a_licence_is_read_back_from_its_own_label() -> None:
    for licence in set(Licence) - {Licence.UNSTATED, Licence.OTHER}:
        assert read_licence(licence.label) is licence


@given(st.lists(st.sampled_from(Licence), max_size=5))
def test_what_is_made_of_several_is_as_strict_as_each(licences: list[Licence]) -> None:
    together = strictest(licences)

    assert strictest([together, *licences]) is together
    if Licence.OTHER in licences:
        assert together is Licence.OTHER


def test_share_alike_beside_non_commercial_is_both() -> None:
    assert strictest([Licence.BY_SA, Licence.BY_NC, Licence.CC0]) is Licence.BY_NC_SA


def test_without_records_there_is_nothing_to_restrict() -> None:
    assert strictest([]) is Licence.CC0

"""Scientific names as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.atlas.records.scientific_names import plain, rank_of_word, read_name
from fieldmark.domain.taxon import Rank

CROSS = "\N{MULTIPLICATION SIGN}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Panthera onca", "Panthera onca"),
        ("Panthera onca (Linnaeus, 1758)", "Panthera onca"),
        ("Puma yagouaroundi (É.Geoffroy Saint-Hilaire, 1803)", "Puma yagouaroundi"),
        ("Medionops Sánchez-Ruiz & Brescovit, 2017", "Medionops"),
        ("Felidae Fischer de Waldheim, 1817", "Felidae"),
        ("Aus bus van der Hoeven, 1839", "Aus bus"),
        ("Leopardus tigrinus oncilla (Thomas, 1903)", "Leopardus tigrinus oncilla"),
        ("Leopardus tigrinus subsp. oncilla", "Leopardus tigrinus oncilla"),
        ("Felis (Puma) concolor Linnaeus, 1771", "Felis concolor"),
        ("PANTHERA ONCA", "Panthera onca"),
        ("panthera  onca", "Panthera onca"),
        ("Panthera_onca", "Panthera onca"),
        ("Polygonia c-album", "Polygonia c-album"),
        ("Aegithalos caudatus [trivirgatus Group]", "Aegithalos caudatus"),
    ],
)
def test_authors_years_subgenera_and_case_do_not_count(text: str, says: str) -> None:
    name = read_name(text)

    assert name is not None
    assert name.text == says


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Panthera cf. onca", "Panthera"),
        ("Panthera aff. onca", "Panthera"),
        ("Panthera sp.", "Panthera"),
        ("Panthera onca cf. centralis", "Panthera onca"),
        ("Bombus (Pyrobombus) sp.", "Bombus"),
        ("Larus argentatus/cachinnans", "Larus"),
        ("Panthera ?onca", "Panthera"),
    ],
)
def test_of_a_doubtful_name_only_what_is_certain_counts(text: str, says: str) -> None:
    name = read_name(text)

    assert name is not None
    assert name.text == says


@pytest.mark.parametrize(
    "text",
    [
        f"Canis lupus {CROSS} familiaris",
        "Anas acuta x Anas platyrhynchos",
        f"Anas acuta {CROSS} A. platyrhynchos",
        f"Anas {CROSS}bus",
    ],
)
def test_a_hybrid_is_of_the_genus_that_its_parents_share(text: str) -> None:
    name = read_name(text)

    assert name is not None
    assert (name.hybrid, name.text) == (True, text.split(maxsplit=1)[0])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        CROSS,
        "BOLD:ACX1234",
        "P. onca",
        "12",
        f"Anas acuta {CROSS} Mareca penelope",
        "?",
        "(Panthera)",
    ],
)
def test_what_is_no_certain_name_says_nothing(text: str) -> None:
    assert read_name(text) is None


@given(st.text(max_size=400))
def test_any_text_is_read_or_says_nothing(text: str) -> None:
    name = read_name(text)

    assert name is None or len(name.text.split()) in (1, 2, 3)


@given(st.from_regex(r"[A-Z][a-z]{2,12} [a-z]{6,12}", fullmatch=True))
def test_a_name_that_was_read_reads_as_itself(text: str) -> None:
    name = read_name(text)

    assert name is not None
    assert read_name(name.text) == name


@pytest.mark.parametrize(
    ("word", "rank"),
    [
        ("SPECIES", Rank.SPECIES),
        ("subsp.", Rank.SUBSPECIES),
        ("Variety", Rank.SUBSPECIES),
        ("gen", Rank.GENUS),
        ("species aggregate", Rank.COMPLEX),
        ("unranked", None),
        (None, None),
        ("", None),
    ],
)
def test_ranks_are_known_by_words_and_abbreviations(word: str | None, rank: Rank | None) -> None:
    assert rank_of_word(word) is rank


def test_names_compare_without_case_accents_and_underscores() -> None:
    assert plain("Möbius_Testus ") == plain("mobius testus")

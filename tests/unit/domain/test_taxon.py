import pytest

from animals import BIG_CATS, LION
from fieldmark.domain.taxon import Rank


def test_a_rank_is_read_by_its_english_word() -> None:
    assert Rank.parse("species") is Rank.SPECIES
    assert str(Rank.parse(" Genus ")) == "genus"


def test_an_unknown_rank_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'kind' is no rank"):
        Rank.parse("kind")


def test_wider_ranks_are_higher() -> None:
    assert Rank.SUBSPECIES < Rank.SPECIES < Rank.GENUS < Rank.FAMILY < Rank.ORDER < Rank.CLASS


def test_a_taxon_at_a_rank_is_itself_its_ancestor_or_none() -> None:
    species = LION.at(Rank.SPECIES)

    assert species is not None
    assert species.id == LION.id
    assert LION.at(Rank.GENUS) == BIG_CATS
    assert LION.at(Rank.PHYLUM) is None

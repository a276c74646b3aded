"""Which class of animals a record is of, and whether it is of an animal at all."""

import pytest

from fieldmark.atlas.records.target_groups import SOME_ANIMAL, Group, target_group

MAMMALS = Group(40151, 2)


@pytest.mark.parametrize(
    ("lineage", "group"),
    [
        (("Animalia", "Chordata", "Mammalia", "Carnivora"), 40151),
        (("Animalia", "Chordata", None, "Perciformes"), 47178),
        (("Animalia", "Chordata", "Squamata", None), 26036),
        (("Animalia", "Chordata", "Elasmobranchii", "Lamniformes"), 196614),
        (("Animalia", "Arthropoda", None, None), 47120),
        (("Metazoa", None, "aves", None), 3),
        ((None, None, "Aves", None), 3),
        (("incertae sedis", None, None, None), 0),
        (("Animalia", None, None, None), 0),
        ((None, None, None, None), 0),
    ],
)
def test_the_group_is_the_class_or_the_phylum_where_there_is_none(
    lineage: tuple[str | None, str | None, str | None, str | None], group: int
) -> None:
    found = target_group(*lineage)

    assert found is not None
    assert found.id == group


@pytest.mark.parametrize(
    "lineage",
    [
        ("Plantae", "Tracheophyta", "Magnoliopsida", "Asterales"),
        ("fungi", None, None, None),
        ("Bacteria", None, None, None),
        (None, "Tracheophyta", None, None),
        (None, None, "Magnoliopsida", None),
        ("Plantae", "Chordata", "Aves", None),
    ],
)
def test_what_is_no_animal_has_no_group(
    lineage: tuple[str | None, str | None, str | None, str | None],
) -> None:
    assert target_group(*lineage) is None


def test_groups_agree_unless_both_are_known_and_differ() -> None:
    birds, chordates = Group(3, 2), Group(2, 2)

    assert not MAMMALS.may_be(birds)
    assert MAMMALS.may_be(chordates)
    assert chordates.may_be(birds)
    assert MAMMALS.may_be(SOME_ANIMAL)
    assert SOME_ANIMAL.may_be(MAMMALS)

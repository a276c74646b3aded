from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from animals import AXOLOTL, COUGAR, DOG, JAGUAR, LION
from fakes import FakeAreas
from fieldmark.domain.taxon import Taxon
from fieldmark.entrypoints.web.taxon_index import TaxonIndex
from fieldmark.errors import Unavailable
from releases import RELEASE


def index(areas: FakeAreas | None = None) -> TaxonIndex:
    known = {taxon.id: taxon for taxon in (LION, JAGUAR, COUGAR)}
    return TaxonIndex(areas or FakeAreas(RELEASE, known=known), [DOG, LION])


def test_taxa_of_the_model_and_of_the_atlas_are_found_by_either_name() -> None:
    assert index().find("lion", 5)[0] == LION
    assert index().find("panthera leo", 5)[0] == LION
    assert index().find("Canis", 5)[0] == DOG


def test_case_accents_and_spaces_do_not_count() -> None:
    assert index().find("  LÍON ", 5)[0] == LION


def test_the_beginning_of_a_name_comes_before_its_middle() -> None:
    found = index().find("pan", 5)

    assert set(found[:2]) == {LION, JAGUAR}


def test_nothing_finds_nothing() -> None:
    assert index().find("", 5) == []
    assert index().find("unicorn", 5) == []
    assert index().find("a" * 10_000, 5) == []


def test_a_taxon_is_known_by_its_id() -> None:
    assert index().get(DOG.id) == DOG
    assert index().get(AXOLOTL.id) is None


def test_a_new_release_is_noticed() -> None:
    areas = FakeAreas(RELEASE, known={LION.id: LION})
    taxa = index(areas)
    assert taxa.get(AXOLOTL.id) is None

    areas.known[AXOLOTL.id] = AXOLOTL
    areas.said = replace(
        RELEASE, name="next", known=np.append(RELEASE.known, np.int32(AXOLOTL.id)).astype(np.int32)
    )

    assert taxa.get(AXOLOTL.id) == AXOLOTL


def test_the_classes_are_listed_once() -> None:
    assert [name for name, _ in index().groups()] == ["Mammalia"]


def test_while_a_new_release_cannot_be_read_the_names_of_the_one_before_serve() -> None:
    areas = FakeAreas(RELEASE, known={LION.id: LION})
    taxa = index(areas)
    taxa.find("lion", 1)
    areas.fault = Unavailable("the database sleeps")

    assert taxa.get(LION.id) == LION
    assert [name for name, _ in taxa.groups()] == ["Mammalia"]


def test_names_that_were_never_read_are_not_made_up() -> None:
    areas = FakeAreas(RELEASE, known={LION.id: LION})
    areas.fault = Unavailable("the database sleeps")

    with pytest.raises(Unavailable):
        index(areas).get(LION.id)


def test_a_release_that_goes_away_meanwhile_is_no_fault() -> None:
    class Flipping(FakeAreas):
        def taxa(self, taxon_ids: Iterable[int], release: str | None = None) -> Mapping[int, Taxon]:
            if self.said is RELEASE:
                self.said = replace(RELEASE, name="next")
            return FakeAreas.taxa(self, taxon_ids, release)

    assert index(Flipping(RELEASE, known={LION.id: LION})).get(LION.id) == LION

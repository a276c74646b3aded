"""The rows of a release come back as they were, and say what is missing."""

import numpy as np
import pytest

from animals import JAGUAR, LION
from fieldmark.atlas_format import release_of, release_rows, taxa_of
from fieldmark.errors import AtlasBroken
from releases import RELEASE


def test_what_a_release_says_of_itself_comes_back() -> None:
    back = release_of(release_rows(RELEASE), RELEASE.known)

    assert release_rows(back) == release_rows(RELEASE)
    assert back.starter
    assert back.expected_from == RELEASE.expected_from


@pytest.mark.parametrize(
    ("key", "value"),
    [("name", None), ("resolution", "three"), ("sources", "{"), ("expected_from", "")],
)
def test_a_release_that_does_not_say_what_it_is_is_broken(key: str, value: str | None) -> None:
    rows = release_rows(RELEASE)
    rows.pop(key)
    if value is not None:
        rows[key] = value

    with pytest.raises(AtlasBroken, match="does not say what it is"):
        release_of(rows, np.zeros(0, dtype=np.int32))


def test_taxa_get_their_ancestors() -> None:
    ancestors = {ancestor.id: ancestor for ancestor in (*LION.lineage, *JAGUAR.lineage)}
    lineage = " ".join(str(ancestor.id) for ancestor in LION.lineage)

    taxa = taxa_of([(LION.id, "Panthera leo", "lion", "species", lineage)], ancestors)

    assert taxa == {LION.id: LION}


@pytest.mark.parametrize(("rank", "lineage"), [("kind", ""), ("species", "12345")])
def test_taxa_of_unknown_rank_or_ancestor_are_broken(rank: str, lineage: str) -> None:
    with pytest.raises(AtlasBroken, match="taxa of the release are broken"):
        taxa_of([(1, "Panthera leo", None, rank, lineage)], {})

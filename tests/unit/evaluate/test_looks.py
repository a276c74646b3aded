from datetime import date
from pathlib import Path

import numpy as np
import pytest

from animals import LABELS, LION, cell_record
from evaluation import VOCABULARY, row
from fieldmark.domain.answer import AreaUse
from fieldmark.domain.area import blend
from fieldmark.domain.position import Position
from fieldmark.domain.ranking import AreaView
from fieldmark.errors import ModelBroken, PhotoUnreadable
from fieldmark.evaluate import Case, Failure, TruthRow, look_at
from fieldmark.identify import Seen, Stopwatch
from fieldmark.lookup import LookedUp
from fieldmark.ports import Question

LIONS_ONLY = AreaView(
    blend([cell_record({LION: 1.0})], [1.0], 7),
    np.array([LION.id, 41970], dtype=np.int32),
    0.1,
    7,
    "starter",
    "cell",
)


class FakeLooker:
    """Sees a lion everywhere, in an area of lions where there is a place."""

    def __init__(self) -> None:
        self.asked: list[Question] = []

    def look(self, photo: bytes, question: Question, watch: Stopwatch) -> Seen:
        """See evaluate.looks.Looker."""
        del watch
        self.asked.append(question)
        if photo == b"broken":
            raise ModelBroken("the model is gone")
        view = None if question.at is None else LIONS_ONLY
        logits = np.zeros(len(LABELS), dtype=np.float32)
        logits[0] = 5.0
        return Seen(logits, question.at, LookedUp(view, AreaUse("used")), ())


def read(row: TruthRow) -> bytes:
    if row.photo == "torn.jpg":
        raise PhotoUnreadable("torn")
    return b"broken" if row.photo == "broken.jpg" else b"photo"


def looked(*rows: TruthRow) -> list[Case | Failure]:
    return list(look_at(rows, FakeLooker(), VOCABULARY, read))


def test_each_photo_is_looked_at_once_with_its_place_and_day() -> None:
    looker = FakeLooker()
    place, day = Position(-24.99, 31.55), date(2026, 7, 1)

    list(look_at([row(at=place, on=day)], looker, VOCABULARY, read))

    assert [(asked.at, asked.on, asked.name) for asked in looker.asked] == [(place, day, "a.jpg")]


def test_a_photo_with_a_place_gets_the_prior_and_what_the_atlas_says_of_its_winner() -> None:
    (seen,) = looked(row(at=Position(-24.99, 31.55)))

    assert isinstance(seen, Case)
    assert seen.prior is not None
    assert seen.prior[0] == 1.0
    assert seen.here == "expected"


def test_a_photo_without_a_place_has_no_prior() -> None:
    (seen,) = looked(row())

    assert isinstance(seen, Case)
    assert (seen.prior, seen.here, seen.region) == (None, None, "place unknown")


def test_a_photo_that_cannot_be_read_does_not_stop_the_others() -> None:
    first, second = looked(row(photo="torn.jpg"), row())

    assert isinstance(first, Failure)
    assert str(first.error) == "torn"
    assert isinstance(second, Case)


def test_a_missing_part_stops_all() -> None:
    with pytest.raises(ModelBroken):
        looked(row(photo="broken.jpg"))


@pytest.mark.parametrize(
    ("latitude", "longitude", "region"),
    [
        (-24.99, 31.55, "Europe and Africa, south temperate"),
        (0.0, 0.0, "Europe and Africa, tropics"),
        (-3.1, -60.0, "Americas, tropics"),
        (63.7, -148.9, "Americas, north temperate"),
        (-17.7, 178.0, "Asia and Pacific, tropics"),
        (-13.8, -172.1, "Asia and Pacific, tropics"),
        (-77.9, 166.7, "Asia and Pacific, south polar"),
    ],
)
def test_a_row_without_a_region_goes_by_sector_and_zone(
    latitude: float, longitude: float, region: str
) -> None:
    (seen,) = looked(row(at=Position(latitude, longitude)))

    assert isinstance(seen, Case)
    assert seen.region == region


def test_a_region_that_is_stated_stays() -> None:
    (seen,) = looked(TruthRow(2, "a.jpg", Path("a.jpg"), taxon="Panthera leo", region="Kruger"))

    assert isinstance(seen, Case)
    assert seen.region == "Kruger"

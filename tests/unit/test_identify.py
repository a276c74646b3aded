import io
import json
import uuid
from dataclasses import replace
from datetime import date

import h3.api.basic_int as h3
import jsonschema
import msgspec
import pytest
from PIL import Image

from animals import JAGUAR, LION
from fake_classifier import FakeClassifier
from fake_tiers import FlippingAreas
from fakes import FakeAreas, Recorder
from fieldmark.domain.answer import Answer, OverrideSaid
from fieldmark.domain.area import Release
from fieldmark.domain.override import Override, Overrides
from fieldmark.domain.override_area import area_of
from fieldmark.domain.position import Position
from fieldmark.errors import PhotoTypeUnsupported, PositionMissing, Unavailable
from fieldmark.identify import LocalIdentifier
from fieldmark.photo.limits import PhotoLimits
from fieldmark.ports import Question
from fieldmark.telemetry import Silence
from fieldmark.wire import answer_out, answer_schema, encode
from releases import RECORDS, RELEASE

TODAY = date(2026, 11, 23)
KRUGER = Position(-24.99, 31.55)
CATS = {"jaguar": 0.5, "lion": 0.4, "teapot": 0.1}


def jpeg(taken_at: str | None = "2026:07:01 10:00:00", *, south: bool = False) -> bytes:
    exif = Image.Exif()
    if taken_at is not None:
        exif.get_ifd(0x8769)[0x9003] = taken_at
    if south:
        exif.get_ifd(0x8825).update({1: "S", 2: (24, 59, 24), 3: "E", 4: (31, 33, 0)})
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (90, 120, 60)).save(file, "JPEG", exif=exif)
    return file.getvalue()


def identifier(
    shown: dict[str, float] | None = None,
    areas: FakeAreas | None = None,
    observer: Recorder | Silence | None = None,
) -> LocalIdentifier:
    return LocalIdentifier(
        FakeClassifier(shown or CATS),
        areas or FakeAreas(RELEASE, dict(RECORDS)),
        PhotoLimits(),
        observer or Silence(),
        today=lambda: TODAY,
    )


def codes(answer: Answer) -> set[str]:
    return {note.code for note in answer.notes}


def test_the_area_turns_the_order_and_the_visual_winner_is_marked_unusual() -> None:
    answer = identifier().identify(jpeg(), Question(at=KRUGER))

    assert [(animal.taxon, animal.here) for animal in answer.animals[:2]] == [
        (LION, "expected"),
        (JAGUAR, "unusual"),
    ]
    assert answer.animals[0].score > answer.animals[0].image_score


def test_the_share_of_no_animal_is_the_same_with_and_without_the_area() -> None:
    with_area = identifier().identify(jpeg(), Question(at=KRUGER))
    without = identifier().identify(jpeg(), Question(use_area="off"))

    assert with_area.not_an_animal == pytest.approx(without.not_an_animal)
    assert without.not_an_animal == pytest.approx(0.1, abs=1e-6)


def test_the_photos_own_position_and_month_are_used() -> None:
    answer = identifier().identify(jpeg(south=True), Question())

    assert answer.position is not None
    assert answer.position.source == "exif"
    assert (answer.position.latitude, answer.position.longitude) == pytest.approx((-24.99, 31.55))
    assert (answer.area.status, answer.area.month) == ("fallback", 7)


def test_what_is_given_beats_what_the_photo_says() -> None:
    answer = identifier().identify(
        jpeg(south=True), Question(at=Position(0, -30), on=date(2026, 2, 3))
    )

    assert answer.position == Position(0, -30)
    assert answer.area.month == 2
    assert "position-given" in codes(answer)


def test_a_cell_and_a_month_stand_for_who_will_not_say_where_and_when() -> None:
    answer = identifier().identify(jpeg(None), Question(cell=KRUGER.cell(3), month=7))

    assert answer.position is None
    assert (answer.area.cell, answer.area.month) == (h3.int_to_str(KRUGER.cell(3)), 7)
    assert answer.animals[0].here == "expected"


def test_a_cell_that_is_given_beats_the_photos_own_position() -> None:
    given = Position(0, -30).cell(3)

    answer = identifier().identify(jpeg(south=True), Question(cell=given))

    assert answer.position is None
    assert answer.area.cell == h3.int_to_str(given)
    assert "position-given" in codes(answer)


def test_a_day_that_is_given_beats_a_month() -> None:
    question = Question(at=KRUGER, on=date(2026, 2, 3), month=7)

    assert identifier().identify(jpeg(), question).area.month == 2


def test_without_a_position_the_photo_alone_answers_and_says_so() -> None:
    answer = identifier().identify(jpeg(), Question())

    assert answer.area.status == "no_position"
    assert "position-unknown" in codes(answer)
    assert answer.animals[0].taxon == JAGUAR
    assert answer.animals[0].here is None


def test_a_required_area_without_a_position_is_an_error() -> None:
    with pytest.raises(PositionMissing):
        identifier().identify(jpeg(), Question(use_area="required"))


def test_an_area_that_is_turned_off_is_never_looked_up() -> None:
    areas = FakeAreas(RELEASE, dict(RECORDS))

    answer = identifier(areas=areas).identify(jpeg(south=True), Question(use_area="off"))

    assert answer.area.status == "off"
    assert areas.asked == []


def test_kept_animals_are_judged_by_looks() -> None:
    answer = identifier().identify(jpeg(), Question(at=KRUGER, captive=True))

    assert answer.animals[0].taxon == JAGUAR
    assert answer.animals[0].score == pytest.approx(answer.animals[0].image_score)


def test_a_date_in_the_future_is_not_used() -> None:
    answer = identifier().identify(jpeg("2031:01:01 00:00:00"), Question(at=KRUGER))

    assert answer.area.month is None
    assert "photo-time-implausible" in codes(answer)


def test_a_store_that_cannot_say_its_release_leaves_the_photo_alone() -> None:
    class Asleep(FakeAreas):
        def release(self) -> Release:
            raise Unavailable("the features database is waking up")

    answer = identifier(areas=Asleep(RELEASE)).identify(jpeg(), Question(at=KRUGER))

    assert (answer.area.status, answer.area.atlas) == ("unavailable", None)
    assert answer.animals[0].taxon == JAGUAR


@pytest.mark.parametrize(("flips", "status"), [(1, "fallback"), (2, "unavailable")])
def test_a_release_that_goes_away_meanwhile_is_read_anew_once(flips: int, status: str) -> None:
    areas = FlippingAreas(RELEASE, dict(RECORDS), flips=flips)

    answer = identifier(areas=areas).identify(jpeg(), Question(at=KRUGER))

    assert answer.area.status == status


def test_a_copy_that_lost_its_metadata_is_placed_by_the_originals_first_bytes() -> None:
    answer = identifier().identify(jpeg(None), Question(metadata=jpeg(south=True)[:300]))

    assert answer.position is not None
    assert answer.area.month == 7


def test_what_is_no_photo_is_refused_before_the_model_is_asked() -> None:
    with pytest.raises(PhotoTypeUnsupported):
        identifier().identify(b"%PDF-1.7 not a photo", Question())


def test_a_photo_of_something_else_names_no_animal() -> None:
    answer = identifier({"teapot": 0.9, "lion": 0.1}).identify(jpeg(), Question(at=KRUGER))

    assert answer.best is None
    assert answer.not_an_animal == pytest.approx(0.9, abs=1e-6)


def test_ids_are_unique_and_ordered_by_time() -> None:
    ids = [identifier().identify(jpeg(), Question()).id for _ in range(3)]

    assert len(set(ids)) == 3
    assert [uuid.UUID(text).version for text in ids] == [7, 7, 7]


def test_every_stage_is_timed() -> None:
    timing = identifier().identify(jpeg(), Question(at=KRUGER)).timing_ms

    assert list(timing) == ["read", "locate", "area", "infer", "fuse", "total"]
    assert all(ms >= 0.0 for ms in timing.values())


def test_a_stage_that_fails_is_timed_too() -> None:
    away = FakeAreas(RELEASE, fault=Unavailable("the features database is down"))

    answer = identifier(areas=away).identify(jpeg(), Question(at=KRUGER))

    assert answer.area.status == "unavailable"
    assert list(answer.timing_ms) == ["read", "locate", "infer", "fuse", "total"]


def test_no_event_carries_a_coordinate() -> None:
    recorder = Recorder()

    identifier(observer=recorder).identify(jpeg(south=True), Question(name="secret-place.jpg"))

    ((name, fields),) = recorder.events
    assert name == "photo.identified"
    heard = json.dumps({name: said for name, said in fields.items() if not name.endswith("_ms")})
    assert "24.9" not in heard
    assert "31.5" not in heard
    assert "secret-place" not in heard


@pytest.mark.parametrize(
    "question",
    [Question(at=KRUGER, name="a.jpg"), Question(), Question(use_area="off")],
    ids=["with area", "no position", "off"],
)
def test_the_json_of_an_answer_validates_against_its_schema(question: Question) -> None:
    line = encode(answer_out(identifier().identify(jpeg(), question)))

    jsonschema.Draft202012Validator(dict(answer_schema())).validate(json.loads(line))


def test_scores_leave_with_four_decimals_and_every_field_of_the_contract() -> None:
    answer = identifier().identify(jpeg(), Question(at=KRUGER, name="lion.jpg"))

    out = msgspec.json.decode(encode(answer_out(answer)))

    assert set(out) == {
        "id", "photo", "best", "animals", "by_looks", "not_an_animal", "position", "area", "model",
        "notes", "timing_ms",
    }  # fmt: skip
    first = out["animals"][0]
    assert set(first) == {
        "taxon",
        "label",
        "score",
        "image_score",
        "image_rank",
        "here",
        "evidence",
    }
    assert first["score"] == round(first["score"], 4)
    assert first["taxon"]["lineage"] == ["Mammalia", "Carnivora", "Felidae", "Panthera"]
    assert out["position"] == {
        "latitude": -24.99, "longitude": 31.55, "radius_m": 0.0, "source": "given",
    }  # fmt: skip
    assert first["evidence"]["source"] == "starter"
    assert len(first["evidence"]["by_month"]) == 12


def test_a_photo_is_shown_to_the_model_as_it_asks() -> None:
    classifier = FakeClassifier(CATS)
    LocalIdentifier(classifier, FakeAreas(RELEASE), PhotoLimits(), Silence()).identify(
        jpeg(), Question()
    )

    assert classifier.saw == [(1, 3, 16, 16)]


def test_of_a_withheld_animal_the_answer_gives_the_name_and_nothing_of_its_places() -> None:
    store = FakeAreas(replace(RELEASE, withheld=frozenset({JAGUAR.id})), dict(RECORDS))

    answer = identifier(areas=store).identify(jpeg(), Question(at=KRUGER))

    animals = {animal.taxon: animal for animal in answer.animals}
    assert (animals[JAGUAR].here, animals[JAGUAR].evidence) == (None, None)
    assert animals[LION].evidence is not None
    assert "place-withheld" in codes(answer)


def test_what_people_say_against_the_atlas_is_weighed_and_said() -> None:
    said = Override(
        area_of("-24.99,31.55,1000"), LION.id, "Panthera leo", "exclude", 0.0, tuple(range(12)),
        "none left", "A. Keeper",
    )  # fmt: skip
    plain = identifier().identify(jpeg(), Question(at=KRUGER))
    store = FakeAreas(replace(RELEASE, live=Overrides([said])), dict(RECORDS))

    answer = identifier(areas=store).identify(jpeg(), Question(at=KRUGER))

    before, lion = (
        next(animal for animal in given.animals if animal.taxon == LION)
        for given in (plain, answer)
    )
    assert lion.score < before.score
    assert (before.here, lion.here) == ("expected", "unusual")
    assert lion.evidence is not None
    assert lion.evidence.override == OverrideSaid("exclude", "none left", "A. Keeper")
    out = msgspec.json.decode(encode(answer_out(answer)))
    shown = next(animal for animal in out["animals"] if animal["taxon"]["id"] == LION.id)
    assert shown["evidence"]["override"] == {
        "action": "exclude",
        "reason": "none left",
        "author": "A. Keeper",
    }

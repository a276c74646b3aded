"""What every Identifier promises: here, in the fake, and as a function elsewhere."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import msgspec
import pytest

from fake_identifier import FakeIdentifier
from fieldmark import compose
from fieldmark.domain.position import Position
from fieldmark.errors import PhotoError, PositionMissing
from fieldmark.ports import Identifier, Question
from fieldmark.settings import Settings
from fieldmark.wire import AnswerOut, answer_out
from ml_functions import calling, ml_function
from photo_files import photo, picture
from toy_model import toy_folder

PHOTO = photo(picture())
KRUGER = Position(-24.99, 31.55, 20.0)


@contextmanager
def _fake(_: Path) -> Iterator[Identifier]:
    yield FakeIdentifier()


@contextmanager
def _here(folder: Path) -> Iterator[Identifier]:
    yield compose.identifier(Settings(model=str(toy_folder(folder / "toy"))))


@contextmanager
def _elsewhere(folder: Path) -> Iterator[Identifier]:
    settings = {"FIELDMARK_MODEL": str(toy_folder(folder / "toy"))}
    with calling(ml_function(folder, settings)) as (_, there):
        yield there


@pytest.fixture(params=[_fake, _here, _elsewhere], scope="module")
def identifier(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Identifier]:
    make: Callable[[Path], AbstractContextManager[Identifier]] = request.param
    with make(tmp_path_factory.mktemp("identifier")) as identifier:
        yield identifier
        identifier.close()


def test_an_answer_ranks_animals_by_probability(identifier: Identifier) -> None:
    answer = identifier.identify(PHOTO, Question(at=KRUGER))

    scores = [animal.score for animal in answer.animals]
    assert scores == sorted(scores, reverse=True)
    assert 0.0 <= sum(scores) + answer.not_an_animal <= 1.01
    assert answer.animals


def test_an_answer_says_which_model_and_how_long(identifier: Identifier) -> None:
    answer = identifier.identify(PHOTO, Question())

    assert answer.model.name
    assert answer.model.version
    assert answer.timing_ms["total"] > 0.0


def test_an_answer_says_which_photo_and_where(identifier: Identifier) -> None:
    answer = identifier.identify(PHOTO, Question(at=KRUGER, name="lion.jpg"))

    assert answer.photo == "lion.jpg"
    assert answer.position == KRUGER


def test_an_answer_leaves_as_the_contracts_json(identifier: Identifier) -> None:
    out = answer_out(identifier.identify(PHOTO, Question(at=KRUGER)))

    assert msgspec.json.decode(msgspec.json.encode(out), type=AnswerOut) == out


def test_as_many_animals_as_asked_for(identifier: Identifier) -> None:
    assert len(identifier.identify(PHOTO, Question(top=1)).animals) == 1


def test_a_bad_photo_is_the_callers_to_mend(identifier: Identifier) -> None:
    with pytest.raises(PhotoError):
        identifier.identify(b"bad photo", Question())


def test_a_position_that_is_required_and_missing_is_missed(identifier: Identifier) -> None:
    with pytest.raises(PositionMissing):
        identifier.identify(PHOTO, Question(use_area="required"))


def test_threads_may_share_it(identifier: Identifier) -> None:
    questions = [Question(name=f"{number}.jpg") for number in range(12)]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda question: identifier.identify(PHOTO, question), questions))

    assert [answer.photo for answer in answers] == [question.name for question in questions]


def test_closing_twice_does_no_harm(tmp_path: Path) -> None:
    for make in (_fake, _here, _elsewhere):
        folder = tmp_path / make.__name__
        folder.mkdir()
        with make(folder) as identifier:
            identifier.close()
            identifier.close()

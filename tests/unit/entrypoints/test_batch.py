from pathlib import Path

import pytest

from fake_identifier import FakeIdentifier
from fieldmark.domain.answer import Answer
from fieldmark.entrypoints.cli.batch import Asking, identified
from fieldmark.entrypoints.cli.inputs import PhotoFile
from fieldmark.errors import ModelBroken, PhotoTooLarge, PhotoUnreadable
from fieldmark.ports import Question, StoredPhoto

ASKING = Asking(top=5, use_area="auto", max_bytes=1000)


def files(folder: Path, *contents: bytes) -> list[PhotoFile]:
    made = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.jpg"
        path.write_bytes(content)
        made.append(PhotoFile(path, path.name))
    return made


@pytest.mark.parametrize("workers", [1, 3])
def test_outcomes_come_in_the_order_of_the_input(tmp_path: Path, workers: int) -> None:
    photos = files(tmp_path, *[b"bad" if n % 3 == 0 else b"good" for n in range(20)])

    outcomes = list(identified(FakeIdentifier(), photos, ASKING, workers))

    assert [outcome.photo for outcome in outcomes] == [photo.name for photo in photos]
    assert [outcome.error is not None for outcome in outcomes] == [n % 3 == 0 for n in range(20)]


def test_a_photo_of_too_many_bytes_is_not_read(tmp_path: Path) -> None:
    (outcome,) = identified(FakeIdentifier(), files(tmp_path, b"x" * 1001), ASKING, 1)

    assert isinstance(outcome.error, PhotoTooLarge)


@pytest.mark.parametrize("name", ["missing.jpg", "."])
def test_what_is_no_readable_file_fails_by_name(tmp_path: Path, name: str) -> None:
    photo = PhotoFile(tmp_path / name, name)

    (outcome,) = identified(FakeIdentifier(), [photo], ASKING, 1)

    assert isinstance(outcome.error, PhotoUnreadable)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_broken_setup_stops_the_run(tmp_path: Path, workers: int) -> None:
    class Broken(FakeIdentifier):
        def identify(self, photo: bytes | StoredPhoto, question: Question) -> Answer:
            super().identify(photo, question)
            raise ModelBroken("no model")

    broken = Broken()

    with pytest.raises(ModelBroken):
        list(identified(broken, files(tmp_path, *[b"x"] * 50), ASKING, workers))
    assert len(broken.asked) < 10

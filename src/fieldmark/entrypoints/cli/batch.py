"""Many photos: a bounded number at once, results in the order of the input."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fieldmark.domain.answer import Answer
from fieldmark.entrypoints.cli.inputs import PhotoFile
from fieldmark.errors import PhotoTooLarge, PhotoUnreadable, RequestError
from fieldmark.ports import Identifier, Question, UseArea
from fieldmark.threads import in_order

__all__ = ["Asking", "Outcome", "identified", "read_photo"]


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked of every photo alike."""

    top: int
    use_area: UseArea
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer, or the reason why there is none."""

    photo: str
    answer: Answer | None
    error: RequestError | None


def identified(
    identifier: Identifier, files: Iterable[PhotoFile], asking: Asking, workers: int
) -> Iterator[Outcome]:
    """Return the outcomes of the photos in order; no more than a few photos are in memory at once.

    Raises:
        SetupError: a needed part is missing or broken; nothing after it is tried.
    """
    return in_order(lambda file: _outcome(identifier, file, asking), files, workers)


def _outcome(identifier: Identifier, file: PhotoFile, asking: Asking) -> Outcome:
    question = Question(
        at=file.at, on=file.on, top=asking.top, use_area=asking.use_area, name=file.name
    )
    try:
        return Outcome(
            file.name, identifier.identify(read_photo(file.path, asking.max_bytes), question), None
        )
    except RequestError as error:
        return Outcome(file.name, None, error)


def read_photo(path: Path, max_bytes: int) -> bytes:
    """Return the file's bytes, never more than a photo may have.

    Raises:
        PhotoTooLarge: it has more.
        PhotoUnreadable: it is no file, or may not be read.
    """
    try:
        if path.exists() and not path.is_file():
            raise PhotoUnreadable(f"{path} is not a file")
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise PhotoUnreadable(f"{path} cannot be read: {error.strerror or error}") from error
    if len(data) > max_bytes:
        raise PhotoTooLarge(
            f"{path} has {path.stat().st_size:,} bytes; at most {max_bytes:,} are accepted "
            "(FIELDMARK_MAX_PHOTO_BYTES)"
        )
    return data

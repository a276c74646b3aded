"""A photo that was laid down: it goes once it is answered, or will never be."""

from collections.abc import Iterator
from contextlib import contextmanager

from fieldmark.errors import (
    FieldmarkError,
    Overloaded,
    PhotoError,
    RequestError,
    SetupError,
    Unavailable,
)
from fieldmark.ports import Observer, StoredPhoto, Uploads

__all__ = ["used"]


@contextmanager
def used(uploads: Uploads, photo: StoredPhoto, observer: Observer) -> Iterator[None]:
    """Delete the photo after the block, unless the same question may well be asked again.

    It stays after what a retry may mend, and after what another place or date would. What cannot
    be deleted goes by the store's own rule within a day.
    """
    stays = False
    try:
        yield
    except FieldmarkError as error:
        stays = _may_be_asked_again(error)
        raise
    finally:
        if not stays:
            _delete(uploads, photo, observer)


def _may_be_asked_again(error: FieldmarkError) -> bool:
    if isinstance(error, RequestError):
        return not isinstance(error, PhotoError)
    return isinstance(error, (Overloaded, Unavailable))


def _delete(uploads: Uploads, photo: StoredPhoto, observer: Observer) -> None:
    try:
        uploads.delete(photo.key)
    except (SetupError, Unavailable) as error:
        observer.event("upload.left", why=str(error))

"""An upload goes once it is answered, or will never be; it stays for who may ask again."""

import pytest

from fake_uploads import FakeUploads
from fakes import Recorder
from fieldmark.entrypoints.web.uploaded import used
from fieldmark.errors import (
    DateInvalid,
    ModelBroken,
    Overloaded,
    PhotoTooLarge,
    PhotoTypeUnsupported,
    PhotoUnreadable,
    PositionMissing,
    Unavailable,
    Waking,
)
from fieldmark.ports import StoredPhoto


def asked(error: BaseException | None, uploads: FakeUploads) -> Recorder:
    """Ask about an upload, with that outcome."""
    events = Recorder()
    with used(uploads, StoredPhoto(uploads.put(b"photo")), events):
        uploads.down = isinstance(error, Unavailable)
        if error is not None:
            raise error
    return events


def test_an_answered_upload_goes() -> None:
    uploads = FakeUploads()

    asked(None, uploads)

    assert uploads.held == {}


@pytest.mark.parametrize(
    "error",
    [PhotoUnreadable("x"), PhotoTooLarge("x"), PhotoTypeUnsupported("x"), ModelBroken("x"),
     KeyError("x"), KeyboardInterrupt()],
)  # fmt: skip
def test_an_upload_that_can_never_be_answered_goes(error: BaseException) -> None:
    uploads = FakeUploads()

    with pytest.raises(type(error)):
        asked(error, uploads)

    assert uploads.held == {}


@pytest.mark.parametrize(
    "error",
    [Overloaded("x"), Unavailable("x"), Waking("x"), PositionMissing("x"), DateInvalid("x")],
)
def test_an_upload_stays_for_who_may_ask_again(error: Exception) -> None:
    uploads = FakeUploads()

    with pytest.raises(type(error)):
        asked(error, uploads)

    assert list(uploads.held.values()) == [b"photo"]


def test_a_deletion_that_fails_is_told_and_harms_nobody() -> None:
    uploads, events = FakeUploads(), Recorder()

    with used(uploads, StoredPhoto(uploads.put(b"photo")), events):
        uploads.down = True

    assert events.events == [("upload.left", {"why": "the uploads are down"})]

"""What comes in as JSON, and what it is answered with."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from fieldmark.ports import UploadForm, Verdict

__all__ = ["FeedbackIn", "ReceiptOut", "UploadIn", "UploadOut", "upload_out"]


class FeedbackIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person says of an answer; ``taxon_id`` names the animal where it is another one."""

    verdict: Verdict
    taxon_id: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None


class ReceiptOut(msgspec.Struct, frozen=True):
    """What was said was kept; a keeper finds it by this id."""

    id: str


class UploadIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A photo that is to be laid down: its bytes, and its type such as ``image/heic``."""

    size: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
    type: Annotated[str, msgspec.Meta(max_length=100)]


class UploadOut(msgspec.Struct, frozen=True):
    """A form for one photo: post ``fields`` and then the photo as ``file`` to ``url``."""

    url: str
    fields: Mapping[str, str]
    photo_key: str
    expires_s: int


def upload_out(form: UploadForm) -> UploadOut:
    """Return the form as it leaves."""
    return UploadOut(form.url, form.fields, form.key, form.expires_s)

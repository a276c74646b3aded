"""What comes in as JSON, and the receipt for it."""

from typing import Annotated

import msgspec

from fieldmark.ports import Verdict

__all__ = ["FeedbackIn", "ReceiptOut"]


class FeedbackIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person says of an answer; ``taxon_id`` names the animal where it is another one."""

    verdict: Verdict
    taxon_id: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None


class ReceiptOut(msgspec.Struct, frozen=True):
    """What was said was kept; a keeper finds it by this id."""

    id: str

"""What comes in as JSON, and the receipt for it."""

import msgspec

from fieldmark.ports import Verdict

__all__ = ["FeedbackIn", "ReceiptOut"]


class FeedbackIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person says of an answer; ``taxon_id`` names the animal where it is another one."""

    verdict: Verdict
    taxon_id: int | None = None


class ReceiptOut(msgspec.Struct, frozen=True):
    """What was said was kept; a keeper finds it by this id."""

    id: str

"""What comes in as JSON."""

import msgspec

from fieldmark.ports import Verdict

__all__ = ["FeedbackIn"]


class FeedbackIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person says of an answer; ``taxon_id`` names the animal where it is another one."""

    verdict: Verdict
    taxon_id: int | None = None

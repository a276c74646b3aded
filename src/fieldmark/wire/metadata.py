"""What a photo gives away, as it leaves."""

import msgspec

from fieldmark.photo.metadata import PhotoMetadata
from fieldmark.wire.answers import NoteOut, PositionOut, note_out, position_out

__all__ = ["MetadataOut", "metadata_out"]


class MetadataOut(msgspec.Struct, frozen=True):
    """Where and when a photo says that it was taken; ``taken_at`` is its local time (ISO 8601)."""

    format: str
    position: PositionOut
    taken_at: str | None
    notes: list[NoteOut]


def metadata_out(kind: str, metadata: PhotoMetadata) -> MetadataOut:
    """Return the metadata of a photo of that format as they leave."""
    taken_at = metadata.taken_at
    return MetadataOut(
        format=kind,
        position=position_out(metadata.position),
        taken_at=None if taken_at is None else taken_at.replace(tzinfo=None).isoformat(),
        notes=[note_out(note) for note in metadata.notes],
    )

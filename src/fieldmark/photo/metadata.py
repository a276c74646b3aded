"""What a photo's metadata says of the moment it was taken."""

from dataclasses import dataclass
from datetime import datetime

from fieldmark.domain.note import Note
from fieldmark.domain.position import Position

__all__ = ["PhotoMetadata"]


@dataclass(frozen=True, slots=True)
class PhotoMetadata:
    """Position, local time and orientation of a photo, each None or upright where absent.

    ``taken_at`` is the local wall-clock time; it carries a zone only if the photo states one.
    ``orientation`` is how the stored pixels must be turned: EXIF's, 1 to 8, and 1 for HEIC and
    AVIF, which turn themselves. ``notes`` say why something that stands in the file is not used.
    """

    position: Position | None = None
    taken_at: datetime | None = None
    orientation: int = 1
    notes: tuple[Note, ...] = ()

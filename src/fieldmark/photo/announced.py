"""What somebody says of a photo before it is sent: its type and its size."""

from typing import Final

from fieldmark.errors import PhotoTooLarge, PhotoTypeUnsupported

__all__ = ["MEDIA_TYPES", "require_welcome"]

MEDIA_TYPES: Final = (
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/heic",
    "image/heif",
    "image/avif",
    "image/tiff",
    "image/gif",
    "image/bmp",
)
"""The names of the formats that ``sniff`` knows; HEIC has two."""


def require_welcome(media_type: str, size_bytes: int, most_bytes: int) -> None:
    """Check that a photo of that type and size would be looked at.

    Raises:
        PhotoTypeUnsupported: no photo of that type is read.
        PhotoTooLarge: it has more bytes than a photo may have.
    """
    if media_type not in MEDIA_TYPES:
        raise PhotoTypeUnsupported(
            f"{media_type[:40]!r} is no type of photo; send one of {', '.join(MEDIA_TYPES)}"
        )
    if size_bytes > most_bytes:
        raise PhotoTooLarge(
            f"{size_bytes:,} bytes are announced and at most {most_bytes:,} are accepted; "
            "send a smaller copy"
        )

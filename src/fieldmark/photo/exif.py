"""Position, time and orientation of a photo, from its bytes and without decoding a pixel.

Broken metadata never makes a photo unanswerable: it becomes a note.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

from fieldmark.domain.note import Note
from fieldmark.domain.position import Position
from fieldmark.photo import gps, notes
from fieldmark.photo.containers import isobmff, jpeg, png, tiff, webp
from fieldmark.photo.containers.blocks import MetadataBlocks
from fieldmark.photo.containers.tiff import Directory, Tiff
from fieldmark.photo.metadata import PhotoMetadata
from fieldmark.photo.moment import is_blank, parse_moment
from fieldmark.photo.sniff import PhotoFormat, format_of
from fieldmark.photo.xmp import XmpBroken, read_properties

__all__ = ["read_metadata"]

_ORIENTATION, _EXIF_POINTER, _GPS_POINTER = 0x0112, 0x8769, 0x8825
_EXIF_TIMES: Final = ((0x9003, 0x9011), (0x9004, 0x9012))
"""DateTimeOriginal and DateTimeDigitized, each with its offset; DateTime is that of an edit."""

_XMP_TIMES: Final = (
    "exif:DateTimeOriginal",
    "photoshop:DateCreated",
    "exif:DateTimeDigitized",
    "xmp:CreateDate",
)
"""In the order of the Metadata Working Group's guidelines 2.0, 5.5: original before digitised."""

_CONTAINERS: Final[Mapping[PhotoFormat, Callable[[bytes], MetadataBlocks]]] = {
    "jpeg": jpeg.metadata_blocks,
    "png": png.metadata_blocks,
    "webp": webp.metadata_blocks,
    "heic": isobmff.metadata_blocks,
    "avif": isobmff.metadata_blocks,
    "tiff": tiff.metadata_blocks,
}


def read_metadata(data: bytes) -> PhotoMetadata:
    """Return what the metadata in the bytes says; the first part of a JPEG is enough.

    EXIF speaks first; XMP is asked for what EXIF does not tell. Bytes that are no photo, and
    metadata that is broken, give absent values and notes, never an error.
    """
    found = format_of(data)
    container = _CONTAINERS.get(found) if found else None
    if container is None:
        return PhotoMetadata()
    return _Reading(container(data)).metadata()


class _Reading:
    """One pass over the blocks of a photo."""

    def __init__(self, blocks: MetadataBlocks) -> None:
        self._blocks = blocks
        self._notes: list[Note] = []
        self._xmp: dict[str, str] | None = None
        self._main, self._exif, self._gps = self._directories()

    def metadata(self) -> PhotoMetadata:
        """Return the values, and the notes in the order in which they arose."""
        position = self._position()
        taken_at = self._taken_at()
        orientation = self._main.integer(_ORIENTATION) if self._main else None
        turned = self._blocks.orientable and orientation is not None and 1 <= orientation <= 8
        return PhotoMetadata(
            position, taken_at, orientation if turned and orientation else 1, tuple(self._notes)
        )

    def _directories(self) -> tuple[Directory | None, Directory | None, Directory | None]:
        """Return the main, the EXIF and the GPS directory of the EXIF block."""
        if self._blocks.broken:
            self._notes.append(notes.metadata_unreadable(self._blocks.broken))
        if self._blocks.exif is None:
            return None, None, None
        try:
            block = Tiff(self._blocks.exif)
        except ValueError:
            self._notes.append(notes.metadata_unreadable("its EXIF has no header"))
            return None, None, None
        main = block.directory(block.first)
        if main is None:
            self._notes.append(notes.metadata_unreadable("its EXIF has no directory"))
            return None, None, None
        exif, place = (
            block.directory(main.integer(pointer) or 0) for pointer in (_EXIF_POINTER, _GPS_POINTER)
        )
        if place is None and _GPS_POINTER in main.fields:
            self._notes.append(notes.position_malformed("GPS directory", "is not in the file"))
        return main, exif, place

    def _properties(self) -> dict[str, str]:
        """Return the XMP properties; the packet is parsed when it is first asked."""
        if self._xmp is None:
            self._xmp = {}
            if self._blocks.xmp is not None:
                try:
                    self._xmp = read_properties(self._blocks.xmp)
                except XmpBroken as error:
                    self._notes.append(notes.metadata_unreadable(str(error)))
        return self._xmp

    def _position(self) -> Position | None:
        if self._gps is not None:
            position, why = gps.from_exif(self._gps)
            self._notes.extend(why)
            if position is not None:
                return position
        position, why = gps.from_xmp(self._properties())
        self._notes.extend(why)
        return position

    def _taken_at(self) -> datetime | None:
        invalid: Note | None = None
        for text, offset in self._times():
            taken_at = parse_moment(text, offset)
            if taken_at is not None:
                if taken_at.tzinfo is None:
                    self._notes.append(notes.time_has_no_zone())
                return taken_at
            invalid = invalid or notes.time_invalid(text)
        if invalid is not None:
            self._notes.append(invalid)
        return None

    def _times(self) -> Iterator[tuple[str, str | None]]:
        """Yield the stated times, the best first, each with its offset from UTC."""
        for tag, offset_tag in _EXIF_TIMES if self._exif else ():
            text = self._exif.text(tag) if self._exif else None
            if text and not is_blank(text):
                yield text, self._exif.text(offset_tag) if self._exif else None
        for name in _XMP_TIMES:
            text = self._properties().get(name)
            if text and not is_blank(text):
                yield text, None

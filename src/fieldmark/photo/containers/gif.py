"""GIF files: a screen, then blocks; GIF carries no EXIF.

Source: CompuServe, Graphics Interchange Format version 89a, sections 17 to 26.
"""

import struct
from typing import Final

from fieldmark.errors import PhotoUnreadable
from fieldmark.photo.containers.blocks import Picture

__all__ = ["picture"]

_MAX_BLOCKS: Final = 65_536
_EXTENSION, _FRAME = 0x21, 0x2C
_CONTROL: Final = 0xF9
_LOOPING: Final = b"NETSCAPE2.0"


def picture(data: bytes) -> Picture:
    """Return the first frame on its screen, without the extensions before it.

    Raises:
        PhotoUnreadable: the file ends before its first frame.
    """
    if len(data) < 13:
        raise _cut()
    screen_width, screen_height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + _colour_table_bytes(flags)
    head, control, looping = data[:at], b"", False
    for _ in range(_MAX_BLOCKS):
        if at + 10 > len(data):
            raise _cut()
        if data[at] == _FRAME:
            left, top, width, height = struct.unpack_from("<HHHH", data, at + 1)
            size = max(screen_width, left + width), max(screen_height, top + height)
            return Picture(head + control + data[at:], *size, first_of_many=looping)
        if data[at] != _EXTENSION:
            raise PhotoUnreadable(f"the GIF has a block of unknown type {data[at]:#04x}")
        end = _end_of_sub_blocks(data, at + 2)
        if data[at + 1] == _CONTROL:
            control = data[at:end]
        looping = looping or data.startswith(_LOOPING, at + 3)
        at = end
    raise PhotoUnreadable(f"the GIF has more than {_MAX_BLOCKS:,} blocks before its picture")


def _colour_table_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _end_of_sub_blocks(data: bytes, at: int) -> int:
    for _ in range(_MAX_BLOCKS):
        if at >= len(data):
            raise _cut()
        size = data[at]
        at += 1 + size
        if size == 0:
            return at
    raise PhotoUnreadable(f"the GIF has a block of more than {_MAX_BLOCKS:,} parts")


def _cut() -> PhotoUnreadable:
    return PhotoUnreadable("the GIF ends before its picture begins; send the whole file")

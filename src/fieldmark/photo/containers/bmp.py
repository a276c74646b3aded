"""BMP files: two headers and rows of pixels; BMP carries no EXIF.

Source: Microsoft, BITMAPINFOHEADER structure (wingdi.h).
"""

import struct
from typing import Final

from fieldmark.errors import PhotoUnreadable
from fieldmark.photo.containers.blocks import Picture

__all__ = ["picture"]

_CORE_HEADER_BYTES: Final = 12
_UNCOMPRESSED: Final = frozenset({0, 3, 6})
"""BI_RGB, BI_BITFIELDS, BI_ALPHABITFIELDS."""


def picture(data: bytes) -> Picture:
    """Return the file as it is, once its header says that the pixels are uncompressed.

    Raises:
        PhotoUnreadable: the header is cut, or the pixels are compressed.
    """
    if len(data) < 34:
        raise PhotoUnreadable("the BMP ends inside its header; send the whole file")
    (header_bytes,) = struct.unpack_from("<I", data, 14)
    if header_bytes == _CORE_HEADER_BYTES:
        return Picture(data, *struct.unpack_from("<HH", data, 18))
    width, height, _, _, compression = struct.unpack_from("<iiHHI", data, 18)
    if compression not in _UNCOMPRESSED:
        raise PhotoUnreadable(f"BMP compression {compression} is not read; save it uncompressed")
    return Picture(data, width, abs(height))

"""How large a photo may be; every limit holds before a pixel is decoded."""

from dataclasses import dataclass

from fieldmark.errors import PhotoTooLarge, PhotoUnreadable

__all__ = ["PhotoLimits"]

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """The most that one photo may take.

    ``max_working_bytes`` is the memory of a picture that must be decoded whole: all formats but
    baseline JPEG, which is decoded at reduced scale, row by row.
    """

    max_bytes: int = 25 * _MIB
    max_pixels: int = 200_000_000
    max_working_bytes: int = 256 * _MIB

    def check_bytes(self, size_bytes: int) -> None:
        """Refuse a photo of too many bytes.

        Raises:
            PhotoTooLarge: the photo has more than ``max_bytes``.
        """
        if size_bytes > self.max_bytes:
            raise PhotoTooLarge(
                f"the photo has {size_bytes:,} bytes; at most {self.max_bytes:,} are accepted:"
                " send a smaller copy"
            )

    def check_pixels(self, width: int, height: int) -> None:
        """Refuse a picture of too many pixels, or of none.

        Raises:
            PhotoTooLarge: it has more than ``max_pixels``.
            PhotoUnreadable: it has none.
        """
        if width < 1 or height < 1:
            raise PhotoUnreadable(f"the photo says that it is {width} x {height} pixels large")
        if width * height > self.max_pixels:
            raise PhotoTooLarge(
                f"the photo has {width:,} x {height:,} pixels; at most {self.max_pixels:,}"
                " are accepted: send a smaller copy"
            )

    def check_working_bytes(self, needed: int) -> None:
        """Refuse a picture that takes too much memory to decode.

        Raises:
            PhotoTooLarge: decoding takes more than ``max_working_bytes``.
        """
        if needed > self.max_working_bytes:
            raise PhotoTooLarge(
                f"decoding the photo takes about {needed / _MIB:,.0f} MiB of memory; at most"
                f" {self.max_working_bytes / _MIB:,.0f} are allowed: send a smaller copy or a"
                " baseline JPEG"
            )

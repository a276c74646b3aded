"""What a container hands over: its blocks of metadata, and its picture without them."""

from dataclasses import dataclass

__all__ = ["MetadataBlocks", "Picture"]


@dataclass(frozen=True, slots=True)
class MetadataBlocks:
    """The first EXIF block, from its TIFF header on, and the first XMP packet of a file.

    ``orientable``: the file's format leaves turning the picture to the EXIF orientation; HEIC
    and AVIF turn it themselves. ``broken`` says what was found and could not be taken out.
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    orientable: bool = True
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A file with the same picture and nothing else: no metadata, profiles, texts, later frames.

    No parser of a vendor ever sees those. ``width`` and ``height`` are pixels as stored;
    ``first_of_many`` says that the original holds more pictures.
    """

    stream: bytes
    width: int
    height: int
    first_of_many: bool = False

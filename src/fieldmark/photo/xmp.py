"""The few XMP properties that say where and when, read without any document type.

Expat parses as a stream, so depth costs nothing; the first sign of a DOCTYPE ends the reading, so
there are no entities to expand and nothing outside to fetch.
Source: XMP Specification Part 1, 7 (RDF as attributes or as elements).
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

__all__ = ["XmpBroken", "read_properties"]

_MAX_PACKET_BYTES: Final = 1024 * 1024
_MAX_VALUE_CHARACTERS: Final = 256
_NAMESPACES: Final = {
    "exif": "http://ns.adobe.com/exif/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}
_WANTED: Final = {
    f"{_NAMESPACES[prefix]} {name}": f"{prefix}:{name}"
    for prefix, name in (
        ("exif", "GPSLatitude"),
        ("exif", "GPSLongitude"),
        ("exif", "GPSHPositioningError"),
        ("exif", "DateTimeOriginal"),
        ("photoshop", "DateCreated"),
        ("exif", "DateTimeDigitized"),
        ("xmp", "CreateDate"),
    )
}


class XmpBroken(Exception):
    """The packet cannot be trusted; the text says why."""


def read_properties(packet: bytes) -> dict[str, str]:
    """Return the wanted properties by their usual prefixes, such as ``exif:GPSLatitude``.

    Raises:
        XmpBroken: the packet is too large, not well-formed XML or declares a document type.
    """
    if len(packet) > _MAX_PACKET_BYTES:
        raise XmpBroken(
            f"its XMP has {len(packet):,} bytes; at most {_MAX_PACKET_BYTES:,} are read"
        )
    from xml.parsers import expat  # noqa: PLC0415  # most photos have none

    parser = expat.ParserCreate(namespace_separator=" ")
    reader = _Reader()
    reader.listen(parser)
    try:
        parser.Parse(packet.strip(b"\x00 \t\r\n"), True)  # noqa: FBT003
    except expat.ExpatError as error:
        raise XmpBroken("its XMP is not well-formed") from error
    return reader.properties


class _Reader:
    """Collects the wanted attributes and elements of one packet; the first of a name wins."""

    def __init__(self) -> None:
        self.properties: dict[str, str] = {}
        self._open: str | None = None
        self._text = ""

    def listen(self, parser: "XMLParserType") -> None:
        """Hear what the parser finds."""
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters

    def _refuse(self, *_: object) -> None:
        raise XmpBroken("its XMP declares a document type, which no camera writes")

    def _start(self, name: str, attributes: list[str]) -> None:
        for key, value in zip(attributes[::2], attributes[1::2], strict=True):
            if key in _WANTED:
                self._keep(key, value)
        self._open = name if name in _WANTED else None
        self._text = ""

    def _characters(self, text: str) -> None:
        if self._open and len(self._text) < _MAX_VALUE_CHARACTERS:
            self._text += text[:_MAX_VALUE_CHARACTERS]

    def _end(self, name: str) -> None:
        if self._open == name:
            self._keep(name, self._text)
        self._open = None

    def _keep(self, name: str, value: str) -> None:
        self.properties.setdefault(_WANTED[name], value[:_MAX_VALUE_CHARACTERS].strip())

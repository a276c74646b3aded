"""Bytes of a text file in any encoding → UTF-8 whose lines end with a line feed.

Arrow's CSV reader takes UTF-8 only and says of a bad byte neither where it stands nor what to do.
Here a byte that does not belong to the encoding becomes NUL, which no text holds: whoever reads
on knows a damaged value by it.
"""

import codecs
import re
from typing import BinaryIO, Final

from fieldmark.errors import SourceBroken

__all__ = ["LINE_BYTES", "NUL", "Utf8Lines"]

LINE_BYTES: Final = 4 * 1024 * 1024
"""What a line may hold at least; one of twice the size is refused for sure."""

NUL: Final = "\0"
"""Stands where bytes could not be decoded; a NUL of the file itself is damage too."""

_CHUNK_BYTES: Final = 1024 * 1024
_BLANK_LINES: Final = 1000
_EXAMPLES: Final = 3
_ESCAPED: Final = re.compile("[\udc80-\udcff]+")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Utf8Lines:
    """A stream that Arrow can read; ``damage`` says where its first bad bytes stood.

    ``encoding`` is what the file is said to be in, else UTF-8; a byte order mark beats both. Where
    the file has line feeds, a carriage return alone is a space; where it has none, it ends a line.
    ``blank`` holds the numbers of the first lines that are empty. ``fault`` is the error that ended
    reading, as Arrow may put another in its place.
    """

    def __init__(self, raw: BinaryIO, where: str, encoding: str | None = None) -> None:
        self._raw = raw
        self._where = where
        self._held = b""
        self._pending = b""
        self._ended = False
        self._lines = 0
        self._at_line_start = True
        self.blank: list[int] = []
        self.damage: list[str] = []
        self.closed = False
        self.fault: SourceBroken | None = None
        head = self._read_raw()
        mark, self.encoding = _encoding(head, encoding, where)
        self._decoder = codecs.getincrementaldecoder(self.encoding)("surrogateescape")
        self._mac: bool | None = None
        self._take(head[len(mark) :])

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def close(self) -> None:
        """Mark the stream as closed; who opened the file closes it."""
        self.closed = True

    def read(self, size: int = -1) -> bytes:
        """Return up to so many bytes; none at the end only.

        Raises:
            SourceBroken: the file is cut short, or its encoding goes wrong for good.
        """
        while not self._ended and (size < 0 or len(self._held) < size):
            self._take(self._read_raw())
        end = len(self._held) if size < 0 else size
        taken, self._held = self._held[:end], self._held[end:]
        return taken

    def unread(self, text: bytes) -> None:
        """Put back what was taken last."""
        self._held = text + self._held

    def line(self) -> bytes:
        """Return the next line with its end; nothing at the end of the file.

        Raises:
            SourceBroken: as ``read``; or the line is longer than a line may be.
        """
        searched = 0
        while (end := self._held.find(b"\n", searched)) < 0 and not self._ended:
            searched = len(self._held)
            if searched > LINE_BYTES:
                raise SourceBroken(
                    f"{self._where}: its first line is longer than {LINE_BYTES:,} bytes; "
                    "this is no table of text"
                )
            self._take(self._read_raw())
        return self.read(end + 1 if end >= 0 else -1) if self._held else b""

    def _read_raw(self) -> bytes:
        try:
            return self._raw.read(_CHUNK_BYTES)
        except (OSError, ValueError) as error:
            self.fault = SourceBroken(f"{self._where} {self._so_far()}: {error}; fetch it again")
            raise self.fault from error
        except SourceBroken as error:
            self.fault = SourceBroken(f"{self._where} {self._so_far()}: {error}")
            raise self.fault from error

    def _so_far(self) -> str:
        return f"cannot be read after line {self._lines:,}"

    def _take(self, raw: bytes) -> None:
        """Decode what was read; no bytes mean the end of the file."""
        self._ended = not raw
        text = self._pending + self._utf8(raw)
        self._pending = b""
        if self._mac is None and text:
            self._mac = b"\n" not in text and b"\r" in text[:-1]
        if text.endswith(b"\r") and not self._ended and not self._mac:
            text, self._pending = text[:-1], b"\r"
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n" if self._mac else b" ")
        if b"\0" in text:
            self._note_damage(text)
        if b"\n\n" in text or text[:1] == b"\n":
            self._note_blank(text)
        self._lines += text.count(b"\n")
        if text:
            self._at_line_start = text.endswith(b"\n")
        self._held += text

    def _utf8(self, raw: bytes) -> bytes:
        try:
            text = self._decoder.decode(raw, self._ended)
        except UnicodeDecodeError as error:
            self.fault = SourceBroken(
                f"{self._where} cannot be read after line {self._lines:,}: "
                f"it holds bytes that are no {self.encoding}; save it as UTF-8"
            )
            raise self.fault from error
        try:
            return text.encode()
        except UnicodeEncodeError:
            return _ESCAPED.sub(NUL, text).encode()

    def _note_damage(self, text: bytes) -> None:
        start = 0
        while len(self.damage) < _EXAMPLES and (at := text.find(b"\0", start)) >= 0:
            line = self._lines + text.count(b"\n", 0, at) + 1
            self.damage.append(f"line {line:,}: a NUL, or bytes that are no {self.encoding}")
            start = text.find(b"\n", at)
            if start < 0:
                return

    def _note_blank(self, text: bytes) -> None:
        line, start = self._lines, 0
        if text[:1] == b"\n" and self._at_line_start:
            self.blank.append(line + 1)
        while len(self.blank) < _BLANK_LINES and (at := text.find(b"\n\n", start)) >= 0:
            line += text.count(b"\n", start, at + 1)
            self.blank.append(line + 1)
            start = at + 1


def _encoding(head: bytes, declared: str | None, where: str) -> tuple[bytes, str]:
    """Return the byte order mark and the name of the encoding."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return mark, name
    try:
        name = codecs.lookup(declared or "utf-8").name
    except LookupError as error:
        raise SourceBroken(
            f"{where}: the encoding {declared!r} is not known; write UTF-8 or windows-1252"
        ) from error
    return b"", "utf-16-le" if name == "utf-16" else name

"""Request bodies: untrusted, read as they come and never beyond their bounds."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from fieldmark.errors import Overloaded, PhotoTooLarge, RequestError

__all__ = ["FORM_OVERHEAD_BYTES", "METADATA_BYTES", "Budget", "Form", "read_all", "read_form"]

METADATA_BYTES: Final = 512 * 1024
"""The most that the first part of an original may have; the page sends half of it."""

FORM_OVERHEAD_BYTES: Final = METADATA_BYTES + 64 * 1024
"""The most that a form may have beyond its photo."""

_FIELD_BYTES: Final = 4096
_FIELDS: Final = 32
_FILES: Final = frozenset({"photo", "metadata"})


class Budget:
    """The bytes of all bodies that are in memory at once."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._used_bytes = 0

    @contextmanager
    def account(self) -> "Iterator[Callable[[int], None]]":
        """Yield a function that counts bytes in; they are given back at the end.

        The function raises Overloaded where they are more than there is room for.
        """
        mine = 0

        def count(size_bytes: int) -> None:
            nonlocal mine
            if self._used_bytes + size_bytes > self._most_bytes:
                raise Overloaded("too many photos are being sent at once; try again in 1 s")
            self._used_bytes += size_bytes
            mine += size_bytes

        try:
            yield count
        finally:
            self._used_bytes -= mine


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form: text, and bytes where a file was sent; a file's name is not kept."""

    text: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    photo_name: str | None = None


async def read_all(
    chunks: AsyncIterator[bytes], most_bytes: int, count: Callable[[int], None]
) -> bytes:
    """Return the whole body.

    Raises:
        PhotoTooLarge: it is longer; what lies beyond was not kept.
        Overloaded: there is no room for it now.
    """
    pieces: list[bytes] = []
    size_bytes = 0
    async for chunk in chunks:
        size_bytes += len(chunk)
        if size_bytes > most_bytes:
            raise _too_large(most_bytes)
        count(len(chunk))
        pieces.append(chunk)
    return b"".join(pieces)


async def read_form(
    chunks: AsyncIterator[bytes],
    content_type: str,
    most_bytes: int,
    count: Callable[[int], None],
) -> Form:
    """Return the fields of a ``multipart/form-data`` body.

    Of a field that is sent twice the last one counts. A file that is empty counts as not sent, as
    a browser sends a file field that nobody filled.

    Raises:
        PhotoTooLarge: the photo is longer than ``most_bytes``, or the form is by more than it may.
        RequestError: the body is no such form, or holds more than a form of ours may.
        Overloaded: there is no room for it now.
    """
    boundary = parse_options_header(content_type)[1].get("boundary", "")
    if not boundary:
        raise RequestError("the form has no boundary; send multipart/form-data as browsers do")
    reading = _FormReading(most_bytes, count)
    # Fields that replace each other, and what follows the last one, are bounded by nothing else.
    chunks = _bounded(chunks, most_bytes)
    try:
        with PushMultipartParser(
            boundary, max_header_size=2048, max_header_count=8, max_segment_count=_FIELDS
        ) as parser:
            async for chunk in chunks:
                reading.feed(parser.parse(chunk))
                if parser.closed:
                    break
    except (MultipartError, UnicodeError, ValueError) as error:
        raise RequestError(f"the form cannot be read: {error}") from error
    async for _ in chunks:  # what follows the last boundary is read and dropped
        pass
    return reading.form()


class _FormReading:
    """The fields so far."""

    def __init__(self, most_bytes: int, count: Callable[[int], None]) -> None:
        self._limits = {"photo": most_bytes, "metadata": METADATA_BYTES}
        self._count = count
        self._fields: dict[str, bytearray] = {}
        self._current = bytearray()
        self._name = ""
        self._photo_name: str | None = None

    def feed(self, events: "Iterator[MultipartSegment | bytearray | None]") -> None:
        for event in events:
            if isinstance(event, MultipartSegment):
                self._begin(event)
            elif event is not None:
                self._extend(event)

    def form(self) -> Form:
        """Return the fields.

        Raises:
            RequestError: a text field is no text.
        """
        files = {name: bytes(data) for name, data in self._fields.items() if name in _FILES}
        text = {
            name: _decoded(name, data) for name, data in self._fields.items() if name not in _FILES
        }
        return Form(text, {name: data for name, data in files.items() if data}, self._photo_name)

    def _begin(self, segment: MultipartSegment) -> None:
        self._name = segment.name
        if segment.name == "photo":
            self._photo_name = segment.filename or None
        self._current = self._fields[segment.name] = bytearray()

    def _extend(self, data: "bytearray | bytes") -> None:
        most_bytes = self._limits.get(self._name, _FIELD_BYTES)
        if len(self._current) + len(data) > most_bytes:
            if self._name == "photo":
                raise _too_large(most_bytes)
            raise RequestError(
                f"the field {self._name[:40]!r} is longer than the {most_bytes:,} bytes it may have"
            )
        self._count(len(data))
        self._current += data


async def _bounded(chunks: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[bytes]:
    size_bytes = 0
    async for chunk in chunks:
        size_bytes += len(chunk)
        if size_bytes > most_bytes + FORM_OVERHEAD_BYTES:
            raise _too_large(most_bytes)
        yield chunk


def _decoded(name: str, data: bytearray) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise RequestError(f"the field {name[:40]!r} is no text in UTF-8") from None


def _too_large(most_bytes: int) -> PhotoTooLarge:
    return PhotoTooLarge(
        f"the photo has more than the {most_bytes:,} bytes that are accepted; send a smaller copy"
    )

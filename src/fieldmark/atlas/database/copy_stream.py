"""Rows in PostgreSQL's binary COPY form, in blocks of a good size.

PostgreSQL: "COPY", section "Binary Format". What a table gives back in this form, in the order in
which it was filled, is byte for byte what it was filled with: one digest proves both.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import Final

__all__ = ["keyed_blocks", "text_blocks"]

_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TRAILER: Final = struct.pack(">h", -1)
_BIG_KEY: Final = struct.Struct(">hiqi")
_SMALL_KEY: Final = struct.Struct(">hiii")
_SIZE: Final = struct.Struct(">i")
_NULL: Final = _SIZE.pack(-1)
_BLOCK_BYTES: Final = 256 * 1024


def keyed_blocks(rows: Iterable[tuple[int, bytes]], *, wide: bool) -> Iterator[bytes]:
    """Yield rows of a key, bigint where ``wide``, else integer, and bytes."""
    head, key_size = (_BIG_KEY, 8) if wide else (_SMALL_KEY, 4)
    pack = head.pack
    return _blocks(
        part for key, packed in rows for part in (pack(2, key_size, key, len(packed)), packed)
    )


def text_blocks(rows: Iterable[tuple[int, *tuple[str | None, ...]]]) -> Iterator[bytes]:
    """Yield rows of an integer and texts, None where there is none."""
    return _blocks(_text_row(id_, texts) for id_, *texts in rows)


def _text_row(id_: int, texts: list[str | None]) -> bytes:
    parts = [struct.pack(">hii", 1 + len(texts), 4, id_)]
    for text in texts:
        encoded = None if text is None else text.encode()
        parts += [_NULL] if encoded is None else [_SIZE.pack(len(encoded)), encoded]
    return b"".join(parts)


def _blocks(parts: Iterable[bytes]) -> Iterator[bytes]:
    held, size = [_HEADER], len(_HEADER)
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= _BLOCK_BYTES:
            yield b"".join(held)
            held, size = [], 0
    held.append(_TRAILER)
    yield b"".join(held)

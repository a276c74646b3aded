"""The protocol of Valkey: whatever comes, in whatever pieces, is a reply, broken, or not whole."""

import pytest
import valkey.crc
from hypothesis import given
from hypothesis import strategies as st
from valkey.connection import Connection

from fieldmark.adapters.valkey_cache import _slot
from fieldmark.adapters.valkey_wire import (
    MAX_BULK_BYTES,
    Oversized,
    ProtocolBroken,
    Refusal,
    Replies,
    Reply,
    command,
)

THEIRS = Connection()  # type: ignore[no-untyped-call]


def _wire(reply: Reply) -> bytes:
    match reply:
        case None:
            return b"$-1\r\n"
        case bytes():
            return b"$%d\r\n%s\r\n" % (len(reply), reply)
        case int():
            return b":%d\r\n" % reply
        case Refusal():
            return f"-{reply.line}\r\n".encode()
        case _:
            return f"+{reply}\r\n".encode()


_lines = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), max_size=40)
_replies = st.one_of(
    st.none(),
    st.binary(max_size=200),
    st.integers(-(2**63), 2**63 - 1),
    _lines,
    _lines.map(Refusal),
)


@given(st.lists(_replies, max_size=8), st.integers(1, 50))
def test_replies_come_out_as_they_went_in_in_whatever_pieces(
    sent: list[Reply], piece_bytes: int
) -> None:
    stream = b"".join(map(_wire, sent))
    replies = Replies()
    got: list[Reply] = []

    for start in range(0, len(stream), piece_bytes):
        replies.feed(stream[start : start + piece_bytes])
        got += replies.take(len(sent) - len(got))

    assert got == sent
    assert replies.is_empty


@given(st.binary(max_size=300))
def test_any_bytes_are_replies_or_broken_or_not_whole(data: bytes) -> None:
    replies = Replies()
    replies.feed(data)

    try:
        taken = replies.take(10)
    except ProtocolBroken:
        return
    assert len(taken) <= 10


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=6))
def test_a_command_is_what_the_makers_own_client_sends(words: list[bytes]) -> None:
    # A name first: they split what comes first at its spaces.
    theirs = THEIRS.pack_command("GET", *words)  # type: ignore[no-untyped-call]

    assert command(b"GET", *words) == b"".join(theirs)


@given(st.binary(max_size=60) | st.text("a{}b").map(str.encode))
def test_a_key_has_the_slot_that_the_makers_own_client_computes(name: bytes) -> None:
    assert _slot(name) == valkey.crc.key_slot(name)


def test_no_more_replies_are_taken_than_were_asked_for() -> None:
    replies = Replies()
    replies.feed(b"+OK\r\n:7\r\n")

    assert replies.take(1) == ["OK"]
    assert not replies.is_empty
    assert replies.take(1) == [7]


def test_a_value_that_is_too_large_is_the_last_thing_read() -> None:
    replies = Replies()
    replies.feed(b"$-1\r\n$%d\r\nxxxx" % (MAX_BULK_BYTES + 1))

    assert replies.take(5) == [None, Oversized(MAX_BULK_BYTES + 1)]


def test_a_line_without_an_end_is_broken_before_it_fills_the_memory() -> None:
    replies = Replies()
    replies.feed(b"+" + b"x" * 5000)

    with pytest.raises(ProtocolBroken, match="no line"):
        replies.take(1)


def test_what_a_server_says_holds_no_control_characters() -> None:
    replies = Replies()
    replies.feed(b"-ERR \x1b[31mred\x00\xff\r\n")

    (said,) = replies.take(1)

    assert said == Refusal("ERR ?[31mred?\ufffd")
    assert isinstance(said, Refusal)
    assert said.code == "ERR"

from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.entrypoints.web.server.bounds import Limits
from fieldmark.entrypoints.web.server.head import Head
from fieldmark.entrypoints.web.server.reader import Reader
from fieldmark.entrypoints.web.server.refusals import Refused

HEAD = b"POST /a%20b?q=1 HTTP/1.1\r\nHost: x\r\n"
PLAIN = HEAD + b"Content-Length: 5\r\n\r\nhello"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: z\r\n\r\n"
UPGRADE = HEAD + b"Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n\r\nhello"
ONE = ("POST", b"/a%20b", b"q=1", b"hello", True)


@dataclass
class Taken:
    """What a reader hands on."""

    requests: list[tuple[str, bytes, bytes, bytes, bool]] = field(default_factory=list)
    head: Head | None = None
    body: bytes = b""
    keep_alive: bool = False

    def request_begins(self, head: Head, *, keep_alive: bool) -> None:
        assert self.head is None
        self.head, self.body, self.keep_alive = head, b"", keep_alive

    def body_comes(self, piece: bytes) -> None:
        assert self.head is not None
        self.body += piece

    def request_ends(self) -> None:
        assert self.head is not None
        head, self.head = self.head, None
        self.requests.append((head.method, head.path, head.query, self.body, self.keep_alive))


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(places)]


CUTS = st.lists(st.integers(0, 1000), max_size=12)


@settings(deadline=None)
@given(st.lists(st.sampled_from([PLAIN, CHUNKED, UPGRADE]), min_size=1, max_size=4), CUTS)
def test_requests_are_the_same_however_the_network_cuts_them(
    requests: list[bytes], cuts: list[int]
) -> None:
    taken = Taken()
    reader = Reader(Limits(), taken)

    for piece in pieces(b"".join(requests), cuts):
        reader.feed(piece)

    assert taken.requests == [ONE] * len(requests)
    assert reader.is_between


def status_of(data: bytes, cuts: list[int], limits: Limits | None = None) -> int | None:
    """Return the status with which the bytes are refused, or None where they are not."""
    reader = Reader(limits or Limits(), Taken())
    try:
        for piece in pieces(data, cuts):
            reader.feed(piece)
    except Refused as refused:
        return refused.refusal.problem.status
    return None


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=400), CUTS)
def test_any_bytes_are_read_or_refused(data: bytes, cuts: list[int]) -> None:
    assert status_of(data, cuts) in {None, 400, 414, 431}


@settings(deadline=None)
@given(st.integers(0, len(CHUNKED)), st.binary(min_size=1, max_size=8), CUTS)
def test_a_request_with_bytes_put_into_it_is_read_or_refused(
    place: int, extra: bytes, cuts: list[int]
) -> None:
    assert status_of(CHUNKED[:place] + extra + CHUNKED[place:], cuts) in {None, 400, 414, 431}


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 200), CUTS)
def test_a_head_is_refused_exactly_when_it_is_beyond_its_limits(
    lines: int, size: int, cuts: list[int]
) -> None:
    line, rest = b"A: %b\r\n" % (b"b" * size), b"GET / HTTP/1.1\r\n\r\n"
    head = rest[:-2] + b"Host: x\r\n" + line * lines + b"\r\n"
    limits = Limits(header_lines=100, header_bytes=10_000)

    is_refused = status_of(head, cuts, limits) == 431

    # Where the head comes in several pieces, the request line counts too.
    if lines >= 100 or len(head) - len(rest) > 10_000:
        assert is_refused
    elif len(head) <= 10_000:
        assert not is_refused

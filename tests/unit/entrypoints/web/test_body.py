import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.entrypoints.web.body import METADATA_BYTES, Budget, Form, read_all, read_form
from fieldmark.errors import Overloaded, PhotoTooLarge, RequestError

BOUNDARY = "frontier"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"
MOST = 1000


def uncounted(size_bytes: int) -> None:
    del size_bytes


def part(name: str, data: bytes, filename: str | None = None) -> bytes:
    said = f'; filename="{filename}"' if filename is not None else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{said}\r\n\r\n'
    return head.encode() + data + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


async def chunks(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def read(
    data: bytes,
    size: int = 64,
    kind: str = TYPE,
    count: Callable[[int], None] = uncounted,
) -> Form:
    return asyncio.run(read_form(chunks(data, size), kind, MOST, count))


def test_a_form_gives_its_text_and_its_files() -> None:
    found = read(
        form(part("photo", b"\xff\xd8", "a.jpg"), part("top", b"3"), part("metadata", b"m"))
    )

    assert found == Form({"top": "3"}, {"photo": b"\xff\xd8", "metadata": b"m"}, "a.jpg")


@given(st.binary(max_size=300), st.integers(1, 400))
def test_a_photo_comes_through_whole_however_it_is_cut_up(photo: bytes, size: int) -> None:
    found = read(form(part("photo", photo, "a.jpg"), part("top", b"3")), size)

    assert found.files.get("photo", b"") == photo
    assert found.text == {"top": "3"}


@given(st.binary(max_size=2000), st.integers(1, 400))
def test_any_bytes_are_a_form_or_a_clear_error(data: bytes, size: int) -> None:
    with suppress(RequestError):
        read(data, size)


def test_a_photo_over_the_limit_is_refused_before_the_rest_is_read() -> None:
    taken: list[int] = []

    with pytest.raises(PhotoTooLarge, match="1,000 bytes"):
        read(form(part("photo", b"x" * 100_000, "a.jpg")), count=taken.append)

    assert sum(taken) <= MOST


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (form(part("metadata", b"x" * (METADATA_BYTES + 1))), "metadata"),
        (form(part("place", b"x" * 5000)), "'place'"),
        (form(part("place", b"\xff\xfe")), "no text in UTF-8"),
        (form(*[part("f", b"") for _ in range(100)]), "cannot be read"),
        (form(part("x" * 5000, b"")), "cannot be read"),
        (part("photo", b"half"), "cannot be read"),
        (b"", "cannot be read"),
        (b"no form at all", "cannot be read"),
    ],
)
def test_a_form_beyond_its_bounds_is_refused_with_what_is_wrong(body: bytes, says: str) -> None:
    with pytest.raises(RequestError, match=says):
        read(body, 4096)


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary="])
def test_a_form_without_a_boundary_is_refused(kind: str) -> None:
    with pytest.raises(RequestError, match="boundary"):
        read(form(part("top", b"1")), kind=kind)


def test_a_file_field_that_nobody_filled_counts_as_not_sent() -> None:
    assert read(form(part("photo", b"", ""))).files == {}


def test_of_a_field_sent_twice_the_last_one_counts() -> None:
    assert read(form(part("top", b"1"), part("top", b"2"))).text == {"top": "2"}


@pytest.mark.parametrize(
    "body",
    [
        b"".join(part("photo", b"x" * MOST) for _ in range(600)),
        form(part("photo", b"x")) + b"x" * 600 * MOST,
    ],
)
def test_a_form_is_bounded_as_a_whole(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldmark.entrypoints.web.body._FIELDS", 1000)

    with pytest.raises(PhotoTooLarge):
        read(body, 4096)


def test_a_body_over_the_limit_is_refused() -> None:
    assert asyncio.run(read_all(chunks(b"x" * 10, 3), 10, uncounted)) == b"x" * 10
    with pytest.raises(PhotoTooLarge):
        asyncio.run(read_all(chunks(b"x" * 11, 3), 10, uncounted))


def test_bodies_share_a_budget_and_give_it_back() -> None:
    budget = Budget(10)

    with budget.account() as first:
        first(6)
        with budget.account() as second:
            second(3)
            with pytest.raises(Overloaded):
                second(3)
        first(4)
    with budget.account() as again:
        again(10)

"""Dated prices: read whole or refused, each with its source."""

import contextlib
import datetime as dt
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.cost import PROFILES, SHIPPED, Prices, Workload, estimate, read_prices
from fieldmark.errors import NotFound, PricesBroken

SHIPPED_PRICES = read_prices(SHIPPED.read_bytes(), "prices.toml")
HEAD = 'format = 1\n[sources.page]\ntitle = "A page"\nchecked = 2026-01-02\n'


def one(price: str) -> bytes:
    return f"{HEAD}[prices.thing]\nhere = {price}\n".encode()


class _Asked(dict[str, object]):
    """Prices that remember which were asked for."""

    def __init__(self, prices: Prices) -> None:
        super().__init__(prices.by_name)
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> object:
        self.names.add(name)
        return super().__getitem__(name)


def test_each_region_has_every_price_and_each_price_is_used() -> None:
    for region, prices in SHIPPED_PRICES.by_region.items():
        asked = _Asked(prices)
        for profile in PROFILES.values():
            estimate(profile, Workload(requests=1), Prices(region, asked))  # type: ignore[arg-type]

        assert asked.names == set(prices.by_name), region


def test_each_source_is_used_and_was_checked_after_it_was_written() -> None:
    sources = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["sources"]
    used = {
        price.source
        for prices in SHIPPED_PRICES.by_region.values()
        for price in prices.by_name.values()
        if price.source
    }

    assert {source.title for source in used} == {table["title"] for table in sources.values()}
    assert all(source.dated <= source.checked for source in used)


def test_a_price_without_a_source_says_what_it_assumes() -> None:
    prices = read_prices(one('{ usd = 2, assumed = "as elsewhere" }'), "mine").of("here")

    assert prices.usd("thing") == 2
    assert prices.assumed() == {"thing": "as elsewhere"}


def test_a_price_whose_source_is_more_than_a_year_old_is_outdated() -> None:
    prices = read_prices(one('{ usd = 2, source = "page" }'), "mine").of("here")

    assert prices.outdated(dt.date(2027, 1, 2)) == ()
    assert prices.outdated(dt.date(2027, 1, 3)) == ("thing",)


def test_a_source_with_a_date_ages_from_it() -> None:
    dated = one('{ usd = 2, source = "page" }').replace(
        b"checked = 2026-01-02", b"checked = 2026-01-02\nas_of = 2025-06-01"
    )
    prices = read_prices(dated, "mine").of("here")

    assert (prices.oldest, prices.checked) == (dt.date(2025, 6, 1), dt.date(2026, 1, 2))
    assert prices.outdated(dt.date(2026, 6, 2)) == ("thing",)


def test_a_file_of_assumptions_alone_has_no_day() -> None:
    prices = read_prices(one('{ usd = 2, assumed = "all" }'), "mine").of("here")

    assert prices.oldest is None
    assert prices.checked is None


def test_an_unknown_region_names_those_that_are_known() -> None:
    with pytest.raises(NotFound, match="known are eu-west-2, us-east-1"):
        SHIPPED_PRICES.of("mars")


def test_a_missing_price_is_named() -> None:
    with pytest.raises(PricesBroken, match="other for here"):
        read_prices(one('{ usd = 2, source = "page" }'), "mine").of("here").usd("other")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"\xff", "not TOML"),
        (b"format = ", "not TOML"),
        (b"format = 2", "format is 2"),
        (b"format = 1", "sources must be tables"),
        (b"format = 1\nsources = 3", "sources must be tables"),
        (HEAD.encode(), "prices must be tables"),
        (HEAD.replace("A page", " ").encode(), "title is ' '"),
        (HEAD.replace("2026-01-02", "2026-01-02T00:00:00").encode(), "must be days"),
        (one("3"), "prices.thing.here is 3"),
        (one('{ usd = true, source = "page" }'), "usd is True"),
        (one('{ usd = "1", source = "page" }'), "usd is '1'"),
        (one('{ usd = -1, source = "page" }'), "usd is -1"),
        (one('{ usd = nan, source = "page" }'), "usd is nan"),
        (one('{ usd = 1, source = "book" }'), "source is 'book'"),
        (one("{ usd = 1, source = [] }"), "source is"),
        (one("{ usd = 1 }"), "name a source"),
        (one('{ usd = 1, source = "page", assumed = "both" }'), "name a source"),
        (one("{ usd = 1, assumed = 3 }"), "name a source"),
    ],
)
def test_a_file_that_is_not_right_is_refused_with_the_place(text: bytes, says: str) -> None:
    with pytest.raises(PricesBroken, match="mine") as refused:
        read_prices(text, "mine")
    assert says in str(refused.value)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_prices_or_refused(text: bytes) -> None:
    for body in (text, HEAD.encode() + text):
        with contextlib.suppress(PricesBroken):
            read_prices(body, "mine")

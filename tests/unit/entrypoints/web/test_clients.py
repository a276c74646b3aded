import hashlib
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import Clock
from fieldmark.entrypoints.web.clients import (
    KEY_COOKIE,
    Keys,
    Rates,
    client_of,
    shown_key,
    subscriber,
)
from fieldmark.errors import Unauthorized
from fieldmark.settings import RateLimit

PROXIES = (ip_network("10.0.0.0/8"), ip_network("::1"))
STRANGER = "203.0.113.7"


def test_without_a_trusted_proxy_the_peer_is_the_client_whatever_it_says() -> None:
    client = client_of(STRANGER, "http", {"x-forwarded-for": "1.2.3.4"}, ())

    assert (client.address, client.is_secure, client.is_inside) == (STRANGER, False, False)


def test_behind_trusted_proxies_the_last_stranger_is_the_client() -> None:
    said = {"x-forwarded-for": f"1.2.3.4, {STRANGER}, 10.0.0.9", "x-forwarded-proto": "https"}

    client = client_of("10.0.0.1", "http", said, PROXIES)

    assert (client.address, client.is_secure) == (STRANGER, True)


def test_what_cloudfront_says_of_the_way_to_it_beats_the_load_balancer_behind_it() -> None:
    said = {"x-forwarded-proto": "http", "cloudfront-forwarded-proto": "https"}

    assert client_of("10.0.0.1", "http", said, PROXIES).is_secure
    assert not client_of(STRANGER, "http", said, PROXIES).is_secure


def test_an_untrusted_peer_is_not_believed_even_if_it_names_a_trusted_one() -> None:
    assert client_of(STRANGER, "http", {"x-forwarded-for": "10.0.0.1"}, PROXIES).address == STRANGER


def test_rubbish_in_the_list_of_hops_ends_the_reading() -> None:
    said = {"x-forwarded-for": "1.2.3.4, <script>, 10.0.0.9"}

    assert client_of("10.0.0.1", "http", said, PROXIES).address == "10.0.0.9"


@pytest.mark.parametrize(
    ("peer", "headers", "inside"),
    [
        ("127.0.0.1", {}, True),
        ("192.168.1.5", {}, True),
        (STRANGER, {}, False),
        ("127.0.0.1", {"x-forwarded-for": STRANGER}, False),
        ("127.0.0.1", {"forwarded": "for=203.0.113.7"}, False),
        ("10.0.0.1", {"x-forwarded-for": STRANGER}, False),
        ("10.0.0.1", {"x-forwarded-for": "192.168.1.5"}, True),
        ("", {}, False),
    ],
)
def test_only_who_passed_no_unknown_proxy_and_has_a_private_address_is_inside(
    peer: str, headers: dict[str, str], *, inside: bool
) -> None:
    assert client_of(peer, "http", headers, PROXIES).is_inside is inside


@given(st.text(max_size=80))
def test_any_list_of_hops_gives_a_client(hops: str) -> None:
    assert client_of("10.0.0.1", "http", {"x-forwarded-for": hops}, PROXIES).address


def test_one_subscriber_of_ipv6_is_one_client() -> None:
    assert subscriber("2001:db8:1:2:3::1") == subscriber("2001:db8:1:2:ffff::9")
    assert subscriber("2001:db8:1:2::1") != subscriber("2001:db8:1:3::1")
    assert subscriber("::ffff:203.0.113.7") == STRANGER
    assert subscriber(STRANGER) == STRANGER


def test_without_keys_everyone_may() -> None:
    assert Keys(frozenset()).check(None) is None


def test_only_a_known_key_counts_and_it_is_known_by_its_hash() -> None:
    digest = hashlib.sha256(b"secret").hexdigest()
    keys = Keys(frozenset({digest}))

    assert keys.check("secret") == digest
    for wrong in (None, "", "Secret", digest):
        with pytest.raises(Unauthorized) as refused:
            keys.check(wrong)
        assert "secret" not in str(refused.value)


def test_a_key_is_shown_in_a_header_or_in_the_pages_cookie() -> None:
    assert shown_key({"authorization": "Bearer abc"}, {}) == "abc"
    assert shown_key({"authorization": "bearer  abc "}, {}) == "abc"
    assert shown_key({"x-api-key": "abc"}, {}) == "abc"
    assert shown_key({}, {KEY_COOKIE: "abc"}) == "abc"
    assert shown_key({"authorization": "Basic abc"}, {}) is None


def test_a_client_has_so_many_requests_in_a_window_and_then_again() -> None:
    clock = Clock()
    rates = Rates(RateLimit(2, 60), clock)

    assert [rates.ask("a").remaining for _ in range(2)] == [1, 0]
    refused = rates.ask("a")
    assert (refused.is_exceeded, refused.reset_s) == (True, 60)
    assert not rates.ask("b").is_exceeded

    clock.now_s += 59
    assert rates.ask("a").reset_s == 1
    clock.now_s += 1
    assert not rates.ask("a").is_exceeded


def test_the_headers_say_the_policy_and_what_is_left() -> None:
    allowance = Rates(RateLimit(60, 60), Clock()).ask("a")

    assert allowance.headers() == [
        ("RateLimit-Policy", '"default";q=60;w=60'),
        ("RateLimit", '"default";r=59;t=60'),
    ]


def test_the_windows_that_are_remembered_are_bounded() -> None:
    rates = Rates(RateLimit(1, 60), Clock())

    for number in range(50_001):
        rates.ask(str(number))

    assert len(rates._windows) == 50_000
    assert not rates.ask("0").is_exceeded
    assert rates.ask("50000").is_exceeded

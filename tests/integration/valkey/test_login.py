"""The shared cache on real servers: who is let in, and who is believed."""

import traceback
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cloud.valkey_server import Authority, Valkey, valkey_server
from fakes import Clock
from fieldmark.adapters.valkey_cache import Address, Node, ValkeyCache
from fieldmark.errors import SettingInvalid, Unavailable
from valkey_clients import (
    IMPATIENT_S,
    PATIENT_S,
    client,
)


def test_a_user_logs_in_with_a_password(server: Valkey) -> None:
    server.tell("ACL", "SETUSER", "web", "on", ">s3cret", "~*", "+get", "+set")
    server.admin.config_set("requirepass", "0ther")

    for address in (server.address("web", "s3cret"), server.address(None, "0ther")):
        with closing(ValkeyCache(address, PATIENT_S)) as cache:
            cache.set_many({"large": b"x" * 100_000}, 60.0)
            assert cache.get_many(["large"]) == {"large": b"x" * 100_000}


@pytest.mark.parametrize("user", ["web", None])
def test_a_wrong_password_is_not_shown_in_the_error(server: Valkey, user: str | None) -> None:
    server.tell("ACL", "SETUSER", "web", "on", ">s3cret", "~*", "+get", "+set")
    server.admin.config_set("requirepass", "0ther")

    with (
        closing(ValkeyCache(server.address(user, "hunter2"), PATIENT_S)) as cache,
        pytest.raises(Unavailable, match="refused user or password: WRONGPASS") as caught,
    ):
        cache.get_many(["a"])

    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    assert "hunter2" not in repr(server.address(user, "hunter2"))


def test_without_a_password_a_server_that_wants_one_is_unavailable(server: Valkey) -> None:
    server.admin.config_set("requirepass", "0ther")

    with client(server) as cache, pytest.raises(Unavailable, match="NOAUTH"):
        cache.get_many(["a"])


def test_a_token_is_asked_for_each_new_connection(server: Valkey) -> None:
    server.tell("ACL", "SETUSER", "web", "on", ">first", ">second", "~*", "+get", "+set")
    tokens = iter(["first", "second"])
    address = replace(server.address("web"), password=lambda: next(tokens))

    with closing(ValkeyCache(address, PATIENT_S)) as cache:
        cache.get_many(["a"])
        cache.get_many(["a"])
        server.proxy.drop()
        cache.get_many(["a"])

    assert list(tokens) == []


def test_a_connection_is_made_anew_before_the_server_drops_it_at_twelve_hours(
    alone: Valkey,
) -> None:
    clock = Clock()
    before = alone.proxy.connections
    with closing(ValkeyCache(alone.address(), PATIENT_S, clock=clock)) as cache:
        cache.get_many(["a"])
        clock.pass_time(10.9 * 3600)
        cache.get_many(["a"])
        assert alone.proxy.connections - before == 1

        clock.pass_time(0.2 * 3600)
        cache.get_many(["a"])
        assert alone.proxy.connections - before == 2


def test_a_certificate_of_another_host_is_not_believed(authority: Authority) -> None:
    with (
        valkey_server(authority, names=("elsewhere.example.org",)) as server,
        client(server) as cache,
        pytest.raises(Unavailable, match="certificate is not valid for"),
    ):
        cache.get_many(["a"])


def test_a_certificate_of_nobody_known_is_not_believed(
    valkey_serverless: Valkey, tmp_path: Path
) -> None:
    address = replace(valkey_serverless.address(), ca=Authority(tmp_path).file)

    with (
        closing(ValkeyCache(address, PATIENT_S)) as cache,
        pytest.raises(Unavailable, match="certificate verify failed"),
    ):
        cache.get_many(["a"])


def test_a_server_without_tls_is_not_spoken_to_in_clear(
    alone: Valkey, authority: Authority
) -> None:
    address = replace(alone.address(), tls=True, ca=authority.file)

    with closing(ValkeyCache(address, IMPATIENT_S)) as cache, pytest.raises(Unavailable):
        cache.get_many(["a"])


def test_authorities_that_are_none_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing\n")

    for name in ("empty.pem", "missing.pem"):
        with pytest.raises(SettingInvalid, match=f"{name} holds no certificates"):
            ValkeyCache(Address(Node("127.0.0.1", 6379), tls=True, ca=tmp_path / name))

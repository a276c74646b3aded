"""The cache's user as the template describes it, on a real server: our work and no more."""

from collections.abc import Iterator
from contextlib import closing

import pytest
import valkey

from cloud.valkey_server import Valkey, valkey_server
from fieldmark.adapters.valkey_cache import ValkeyCache
from templates import Template
from valkey_clients import PATIENT_S


@pytest.fixture
def server() -> Iterator[Valkey]:
    with valkey_server() as running:
        yield running


@pytest.fixture
def access(service: Template) -> list[str]:
    return str(service.one("ElastiCache::User").properties["AccessString"]).split()


def test_the_user_of_the_template_may_do_all_that_the_cache_does(
    server: Valkey, access: list[str]
) -> None:
    server.tell("ACL", "SETUSER", "areas", *access, ">token")

    with closing(ValkeyCache(server.address("areas", "token"), PATIENT_S)) as cache:
        cache.set_many({"release/1": b"one"}, 60.0)

        assert cache.add_many({"lock": b"1"}, 60.0) == {"lock"}
        assert cache.add_many({"lock": b"1"}, 60.0) == set()
        assert cache.get_many(["release/1"]) == {"release/1": b"one"}


@pytest.mark.parametrize(
    "command", ["FLUSHALL", "KEYS *", "CONFIG GET *", "DEL lock", "EVAL x 0", "ACL LIST"]
)
def test_the_user_of_the_template_may_do_nothing_else(
    server: Valkey, access: list[str], command: str
) -> None:
    server.tell("ACL", "SETUSER", "areas", *access, ">token")
    port = server.server.port

    with (
        closing(valkey.Valkey.from_url(f"valkey://areas:token@127.0.0.1:{port}")) as client,
        pytest.raises(valkey.exceptions.NoPermissionError),
    ):
        client.execute_command(*command.split())  # type: ignore[no-untyped-call]

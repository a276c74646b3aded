"""A database that is slow, silent, waking or gone: an error in time, and back by itself."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.fault_proxy import FaultProxy, fault_proxy
from cloud.postgres_server import HANG_S, PostgresServer, postgres_server
from fieldmark.adapters.postgres_areas import PostgresAreas
from fieldmark.adapters.postgres_connection import Patience
from fieldmark.errors import Unavailable, Waking
from published import ROOMY, postgres_areas, published
from releases import CONTENT, KRUGER, KRUGER_RECORD, RELEASE

SHORT = Patience(connect_s=0.25, query_s=0.25, whole_s=0.28)
HELD = pytest.mark.parametrize("held", [False, True], ids=["open-query-close", "held"])


def read(store: PostgresAreas) -> bool:
    return store.areas([KRUGER], RELEASE.name).records == {KRUGER: KRUGER_RECORD}


def comes_back(store: PostgresAreas) -> bool:
    """Ask as requests would, until there is an answer."""
    until_s = time.monotonic() + HANG_S
    while time.monotonic() < until_s:
        try:
            return read(store)
        except Unavailable:
            time.sleep(0.02)
    return False


@pytest.fixture(scope="module")
def own() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def name(own: PostgresServer, tmp_path: Path) -> str:
    name = own.database()
    published(CONTENT, tmp_path, own.url(name))
    return name


@pytest.fixture
def proxy(own: PostgresServer) -> Iterator[FaultProxy]:
    with fault_proxy(own.port) as proxy:
        yield proxy


def through(proxy: FaultProxy, name: str, patience: Patience, *, held: bool) -> PostgresAreas:
    url = f"postgresql://postgres@127.0.0.1:{proxy.port}/{name}"
    return postgres_areas(url, held=held, patience=patience)


@HELD
def test_a_server_that_is_killed_is_down_and_read_again_once_it_runs(
    own: PostgresServer, name: str, *, held: bool
) -> None:
    store = postgres_areas(own.url(name), held=held)
    assert read(store)

    own.kill()
    with pytest.raises(Unavailable) as caught:
        read(store)

    assert not isinstance(caught.value, Waking)
    assert "refused" in str(caught.value)
    own.start()
    assert read(store)
    store.close()


@HELD
def test_a_server_that_stands_still_costs_no_more_than_its_limit(
    own: PostgresServer, name: str, *, held: bool
) -> None:
    store = postgres_areas(own.url(name), held=held, patience=SHORT)
    assert comes_back(store)

    own.freeze()
    try:
        begun_s = time.monotonic()
        with pytest.raises(Unavailable):
            read(store)
        with pytest.raises(Waking, match="waking up, or stands still"):
            read(store)
        took_s = time.monotonic() - begun_s
    finally:
        own.thaw()

    assert took_s < HANG_S
    assert comes_back(store)
    store.close()


def test_a_server_that_takes_no_part_in_connecting_is_waking(proxy: FaultProxy, name: str) -> None:
    store = through(proxy, name, SHORT, held=False)
    proxy.hold()

    with pytest.raises(Waking):
        read(store)

    proxy.let_go()
    assert comes_back(store)


def test_a_read_that_waits_for_a_server_that_wakes_is_answered(
    proxy: FaultProxy, name: str
) -> None:
    store = through(proxy, name, ROOMY, held=False)
    proxy.hold()
    wakes = threading.Timer(1.0, proxy.let_go)
    wakes.start()

    assert read(store)
    wakes.join()


def test_a_server_that_starts_is_waking_and_not_down(own: PostgresServer, name: str) -> None:
    store = postgres_areas(own.url(name))
    own.kill()
    signal = own.folder / "data/standby.signal"
    signal.touch()
    signal.chmod(0o666)
    own.settings["restore_command"] = "sleep 30; false"  # it waits for this before it opens
    own.launch()

    until_s = time.monotonic() + HANG_S
    while "refused" in _said(store) and time.monotonic() < until_s:
        time.sleep(0.02)

    with pytest.raises(Waking, match="starting up"):
        read(store)
    own.kill()
    signal.unlink()
    own.settings.clear()
    own.start()
    assert read(store)


def _said(store: PostgresAreas) -> str:
    with pytest.raises(Unavailable) as caught:
        read(store)
    return str(caught.value)


@HELD
def test_a_server_that_hangs_up_in_the_middle_of_an_answer_is_unavailable(
    proxy: FaultProxy, name: str, *, held: bool
) -> None:
    store = through(proxy, name, ROOMY, held=held)
    assert read(store)

    proxy.cut_on = b"packed"
    with pytest.raises(Unavailable, match="dropped the connection"):
        read(store)

    proxy.cut_on = None
    assert read(store)
    store.close()


def test_a_held_connection_that_was_cut_is_made_anew_without_an_error(
    proxy: FaultProxy, name: str
) -> None:
    store = through(proxy, name, ROOMY, held=True)
    assert read(store)

    proxy.cut()

    assert read(store)
    assert proxy.taken == 2
    store.close()


def test_a_held_connection_that_the_server_ended_is_made_anew_without_an_error(
    own: PostgresServer, name: str
) -> None:
    store = postgres_areas(own.url(name), held=True)
    assert read(store)

    own.stop()
    own.start()

    assert read(store)
    store.close()


def test_a_server_that_refuses_is_down(proxy: FaultProxy, name: str) -> None:
    store = through(proxy, name, ROOMY, held=False)
    proxy.refuse()

    with pytest.raises(Unavailable, match="refused") as caught:
        read(store)

    assert not isinstance(caught.value, Waking)
    proxy.accept()
    assert read(store)


def test_a_query_that_takes_too_long_is_given_up_by_both_sides(
    own: PostgresServer, name: str
) -> None:
    store = postgres_areas(own.url(name), patience=Patience(5.0, 0.1, 10.0))

    with pytest.raises(Unavailable):
        store._access.read(lambda reading: reading.rows("SELECT pg_sleep(30)"))

    until_s = time.monotonic() + HANG_S
    while own.connections(name) and time.monotonic() < until_s:
        time.sleep(0.02)
    assert own.connections(name) == 0


def test_a_host_that_nobody_knows_is_down() -> None:
    store = postgres_areas("postgresql://me@nowhere.invalid/atlas")

    with pytest.raises(Unavailable, match=r"nowhere\.invalid"):
        store.release()


def test_too_many_connections_are_an_error_in_time(tmp_path: Path) -> None:
    with postgres_server(max_connections="5", superuser_reserved_connections="0") as server:
        name = server.database()
        published(CONTENT, tmp_path, server.url(name))
        store = postgres_areas(server.url(name))
        held = [server.connect(name) for _ in range(5)]

        with pytest.raises(Unavailable, match="too many clients"):
            read(store)

        held.pop().close()
        assert comes_back(store)
        for connection in held:
            connection.close()

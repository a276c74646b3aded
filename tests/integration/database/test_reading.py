"""How a database is read: how many connections, round trips and rights it takes."""

import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from animals import LION
from cloud.fault_proxy import fault_proxy
from cloud.postgres_server import HANG_S, PostgresServer, postgres_server
from fake_classifier import FakeClassifier
from fieldmark.adapters import postgres_access
from fieldmark.adapters.bounded_areas import BoundedAreas
from fieldmark.adapters.postgres_access import HeldAWhile, OpenQueryClose
from fieldmark.adapters.postgres_areas import PostgresAreas
from fieldmark.adapters.postgres_connection import Patience
from fieldmark.atlas_format import siblings_of
from fieldmark.errors import (
    AtlasBroken,
    NotPublished,
    ReleaseGone,
    SettingInvalid,
    Unavailable,
)
from fieldmark.identify import LocalIdentifier
from fieldmark.photo.limits import PhotoLimits
from fieldmark.ports import Question
from fieldmark.telemetry import Silence
from photo_files import photo, picture
from published import ROOMY, address_of, postgres_areas, published
from releases import ATLANTIC, CONTENT, KRUGER, RECORDS, RELEASE


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def test_nothing_is_held_after_a_read(postgres: PostgresServer, published_url: str) -> None:
    store = postgres_areas(published_url)

    store.areas([KRUGER], RELEASE.name)

    until_s = time.monotonic() + HANG_S
    while postgres.connections(name_of(published_url)) and time.monotonic() < until_s:
        time.sleep(0.02)
    assert postgres.connections(name_of(published_url)) == 0


def test_what_is_kept_in_one_row_with_a_cell_comes_along(
    published_url: str, tmp_path: Path
) -> None:
    near = next(cell for cell in siblings_of([KRUGER]) if cell != KRUGER)
    cells = {**CONTENT.cells, near: CONTENT.cells[ATLANTIC]}
    release = replace(CONTENT.release, name="near-2026.11")
    published(replace(CONTENT, release=release, cells=cells), tmp_path, published_url)

    found = postgres_areas(published_url).areas([KRUGER], release.name)

    assert found.records == {KRUGER: RECORDS[KRUGER]}
    assert found.beside == {near: RECORDS[ATLANTIC]}


def test_each_read_that_holds_nothing_takes_one_connection(
    postgres: PostgresServer, published_url: str
) -> None:
    with fault_proxy(postgres.port) as proxy:
        store = postgres_areas(published_url.replace(str(postgres.port), str(proxy.port)))
        store.release()
        store.areas([KRUGER, ATLANTIC], RELEASE.name)
        store.areas([KRUGER, ATLANTIC])
        store.taxa([LION.id])

    assert proxy.taken == 4


def test_a_held_connection_serves_many_reads_and_closes_by_itself(
    postgres: PostgresServer, published_url: str
) -> None:
    with fault_proxy(postgres.port) as proxy:
        url = published_url.replace(str(postgres.port), str(proxy.port))
        store = PostgresAreas(HeldAWhile(address_of(url), ROOMY, idle_s=0.2))
        for _ in range(20):
            store.areas([KRUGER], RELEASE.name)
        taken = proxy.taken
        until_s = time.monotonic() + HANG_S
        while postgres.connections(name_of(url)) and time.monotonic() < until_s:
            time.sleep(0.02)

        assert taken < 20
        assert postgres.connections(name_of(url)) == 0
        assert store.areas([KRUGER], RELEASE.name).records
        store.close()


@pytest.mark.parametrize("access", [HeldAWhile, OpenQueryClose])
def test_the_time_that_the_client_takes_to_load_is_not_the_servers(
    published_url: str,
    access: type[HeldAWhile] | type[OpenQueryClose],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patience = Patience(connect_s=2.0, query_s=2.0, whole_s=2.0)
    monkeypatch.setattr(postgres_access, "load_client", lambda: time.sleep(patience.whole_s))

    with closing(PostgresAreas(access(address_of(published_url), patience))) as store:
        assert store.release().name == RELEASE.name


def test_a_database_without_a_release_says_what_to_do(database_url: str) -> None:
    store = postgres_areas(database_url)

    with pytest.raises(NotPublished, match="fieldmark atlas publish FILE --to URL"):
        store.release()
    with pytest.raises(NotPublished, match="is not set up"):
        store.areas([KRUGER])
    with pytest.raises(ReleaseGone):
        store.areas([KRUGER], "starter-1999.01")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE fieldmark.schema_version SET version_num = '999'", "schema version 999"),
        ("UPDATE fieldmark.release SET format = 99", "format version 99"),
        ("UPDATE fieldmark.release SET said = '{}'", "does not say what it is"),
        ("UPDATE fieldmark.release SET known = '\\x010203'", "does not say what it is"),
    ],
)
def test_a_database_of_another_version_or_damaged_says_so(
    postgres: PostgresServer, published_url: str, change: str, said: str
) -> None:
    with postgres.connect(name_of(published_url)) as connection:
        connection.execute(change)

    with pytest.raises(AtlasBroken, match=said):
        postgres_areas(published_url).release()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DELETE FROM fieldmark.schema_version", "is not set up"),
        ("UPDATE fieldmark.pointer SET current = NULL", "holds no release"),
    ],
)
def test_a_database_that_was_never_published_to_says_so(
    postgres: PostgresServer, published_url: str, change: str, said: str
) -> None:
    with postgres.connect(name_of(published_url)) as connection:
        connection.execute(change)

    with pytest.raises(NotPublished, match=said):
        postgres_areas(published_url).release()


def test_before_anything_is_published_the_photo_alone_answers(database_url: str) -> None:
    store = BoundedAreas(postgres_areas(database_url), 2, Silence())
    identifier = LocalIdentifier(FakeClassifier({"lion": 0.9}), store, PhotoLimits(), Silence())

    answers = [identifier.identify(photo(picture()), Question(cell=KRUGER)) for _ in range(5)]

    assert {answer.area.status for answer in answers} == {"unavailable"}
    assert {note.text for answer in answers for note in answer.notes if "published" in note.text}


def test_a_role_that_may_not_read_says_how_it_may(
    postgres: PostgresServer, published_url: str
) -> None:
    with postgres.connect() as connection:
        connection.execute("DROP ROLE IF EXISTS stranger")
        connection.execute("CREATE ROLE stranger LOGIN")

    with pytest.raises(AtlasBroken, match="--reader ROLE"):
        postgres_areas(published_url.replace("postgres@", "stranger@")).release()


def test_a_password_is_asked_for_and_never_shown(tmp_path: Path) -> None:
    with postgres_server(auth="scram-sha-256") as server:
        name = server.database()
        published(CONTENT, tmp_path, server.url(name))
        with server.connect(name) as connection:
            connection.execute("CREATE ROLE web SUPERUSER LOGIN PASSWORD 'hunter2'")
        right = f"postgresql://web:hunter2@127.0.0.1:{server.port}/{name}"
        wrong = right.replace("hunter2", "hunter3")

        assert postgres_areas(right).release().name == RELEASE.name
        with pytest.raises(Unavailable, match="password authentication failed") as caught:
            postgres_areas(wrong).release()

    assert "hunter3" not in str(caught.value)


def test_a_token_is_asked_anew_for_each_connection_and_never_sent_in_clear(
    published_url: str,
) -> None:
    given: list[str] = []

    def token() -> str:
        given.append(f"token/{len(given)}?a=b&c='d' e")
        return given[-1]

    store = postgres_areas(published_url, token=token)
    for _ in range(2):
        with pytest.raises(Unavailable, match="SSL"):
            store.release()

    assert len(given) == 2
    with pytest.raises(SettingInvalid, match="sslmode=prefer would send"):
        postgres_areas(f"{published_url}?sslmode=prefer", token=token).release()


@pytest.mark.parametrize(
    "rest",
    ["?nonsense=1", "?connect_timeout=%zz", "?sslmode=sometimes", "?password=hunter2&nonsense=1"],
)
def test_an_address_that_is_none_is_a_setting_to_mend(rest: str) -> None:
    store = postgres_areas(f"postgresql://me:hunter2@127.0.0.1:1/atlas{rest}")

    with pytest.raises((SettingInvalid, Unavailable)) as caught:
        store.release()

    shown: BaseException | None = caught.value
    while shown is not None:
        assert "hunter2" not in str(shown)
        shown = shown.__cause__

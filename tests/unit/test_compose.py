"""Settings become running parts."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fake_identifier import lion_answer
from fieldmark import compose
from fieldmark.compose import areas
from fieldmark.errors import SettingInvalid, Unavailable
from fieldmark.settings import CacheUrl, DatabaseUrl, Settings
from fieldmark.wire import answer_out
from photo_files import photo, picture

ELASTICACHE = "fieldmark-l6ap1d.serverless.euw1.cache.amazonaws.com"
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_a_journal_that_is_off_is_none() -> None:
    assert compose.journal(Settings(journal=None)) is None
    assert compose.keeper(Settings(journal=None)) is None


def test_a_keeper_keeps_where_the_settings_say(tmp_path: Path) -> None:
    settings = Settings(
        journal=tmp_path / "state" / "journal.sqlite", blobs=tmp_path / "photos", keep_photos=True
    )
    photos = tmp_path / "photos"
    keeper = compose.keeper(settings)
    assert keeper is not None

    with closing(keeper):
        outcome = keeper.keep(answer_out(lion_answer()), lambda: photo(picture()), NOW)

        assert outcome.note is None
        assert isinstance(settings.journal, Path)
        assert settings.journal.is_file()
        assert [path.suffix for path in photos.rglob("*") if path.is_file()] == [".jpg"]
        assert keeper.delete(lion_answer().id, outcome.token)
        assert [path for path in photos.rglob("*") if path.is_file()] == []


def test_without_the_setting_no_photo_is_kept(tmp_path: Path) -> None:
    keeper = compose.keeper(
        Settings(journal=tmp_path / "journal.sqlite", blobs=tmp_path / "photos")
    )
    assert keeper is not None

    with closing(keeper):
        outcome = keeper.keep(answer_out(lion_answer()), lambda: photo(picture()), NOW)
        assert outcome.note is None

    assert not (tmp_path / "photos").exists()


def test_a_cache_in_memory_is_shared_with_nobody() -> None:
    assert compose.cache(Settings(cache=None)) is None


def test_making_a_shared_cache_connects_to_nothing() -> None:
    cache = compose.cache(Settings(cache=CacheUrl.parse("valkey://127.0.0.1:1")))

    assert cache is not None
    assert cache.get_many([]) == {}
    with pytest.raises(Unavailable, match="Connection refused"):
        cache.get_many(["a"])
    cache.close()


def test_a_cache_that_believes_roles_is_opened_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    url = CacheUrl.parse(f"valkeys://web@{ELASTICACHE}")

    token = areas._cache_token(url, "eu-west-1")()

    assert token.startswith("fieldmark/?Action=connect&ResourceType=ServerlessCache&User=web&")


def test_a_database_that_believes_roles_is_opened_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    url = DatabaseUrl.parse("postgresql://reader@db.example:5433/atlas?sslmode=require")

    token = areas._database_token(url, "eu-west-1")()

    assert token.startswith("db.example:5433/?Action=connect&DBUser=reader&")


@pytest.mark.parametrize(
    ("address", "region"),
    [("postgresql://db.example/atlas", "eu-west-1"), ("postgresql://me@db.example/atlas", None)],
)
def test_a_role_cannot_open_a_database_without_user_and_region(
    address: str, region: str | None
) -> None:
    settings = Settings(atlas=DatabaseUrl.parse(address), db_auth="iam", aws_region=region)

    with pytest.raises(SettingInvalid, match="FIELDMARK_DB_AUTH is iam"):
        compose.atlas(settings)


def test_without_a_shared_cache_there_is_nobody_to_tell_of_a_release() -> None:
    compose.announcement(Settings())("world-2026.11")


def test_a_cache_that_does_not_hear_of_a_release_is_an_error() -> None:
    tell = compose.announcement(Settings(cache=CacheUrl.parse("valkey://127.0.0.1:1")))

    with pytest.raises(Unavailable):
        tell("world-2026.11")


@pytest.mark.parametrize(
    ("address", "region"),
    [
        (f"valkey://web@{ELASTICACHE}", "eu-west-1"),
        (f"valkeys://{ELASTICACHE}", "eu-west-1"),
        (f"valkeys://web:s3cret@{ELASTICACHE}", "eu-west-1"),
        (f"valkeys://web@{ELASTICACHE}", None),
        ("valkeys://web@cache.example.org", "eu-west-1"),
    ],
)
def test_an_address_that_no_role_can_open_stops_the_start(address: str, region: str | None) -> None:
    settings = Settings(cache=CacheUrl.parse(address), cache_auth="iam", aws_region=region)

    with pytest.raises(SettingInvalid, match="FIELDMARK_CACHE_AUTH is iam") as caught:
        compose.cache(settings)
    assert "s3cret" not in str(caught.value)

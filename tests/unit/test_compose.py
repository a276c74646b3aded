"""Settings become running parts."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fake_identifier import lion_answer
from fieldmark import compose
from fieldmark.errors import SettingInvalid
from fieldmark.settings import DatabaseUrl, Settings
from fieldmark.wire import answer_out
from photo_files import photo, picture

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
        token = keeper.keep(answer_out(lion_answer()), photo(picture()), NOW)

        assert token is not None
        assert isinstance(settings.journal, Path)
        assert settings.journal.is_file()
        assert [path.suffix for path in photos.rglob("*") if path.is_file()] == [".jpg"]
        assert keeper.delete(lion_answer().id, token)
        assert [path for path in photos.rglob("*") if path.is_file()] == []


def test_without_the_setting_no_photo_is_kept(tmp_path: Path) -> None:
    keeper = compose.keeper(
        Settings(journal=tmp_path / "journal.sqlite", blobs=tmp_path / "photos")
    )
    assert keeper is not None

    with closing(keeper):
        assert keeper.keep(answer_out(lion_answer()), photo(picture()), NOW) is not None

    assert not (tmp_path / "photos").exists()


IAM = Settings(db_auth="iam")


def test_a_database_with_tokens_needs_a_user_and_a_region(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)

    with pytest.raises(SettingInvalid, match="names no user"):
        compose.database_address(IAM, DatabaseUrl.parse("postgresql://db/atlas"))
    with pytest.raises(SettingInvalid, match="AWS_REGION"):
        compose.database_address(IAM, DatabaseUrl.parse("postgresql://web@db/atlas"))


def test_a_database_with_tokens_is_asked_over_tls_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    address = compose.database_address(IAM, DatabaseUrl.parse("postgresql://web@127.0.0.1/atlas"))

    conninfo = address.conninfo(wait_s=1.0)

    assert "sslmode=require" in conninfo
    assert "DBUser=web" in conninfo
    assert "eu-west-1%2Frds-db" in conninfo
    assert str(address) == "127.0.0.1:5432/atlas"


def test_an_announcement_without_a_shared_cache_is_heard_by_nobody() -> None:
    compose.announcement(Settings())("starter-2026.11")

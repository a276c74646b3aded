"""Settings become running parts."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from fake_identifier import lion_answer
from fieldmark import compose
from fieldmark.settings import Settings
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

import pytest

from fieldmark.errors import SettingInvalid
from fieldmark.settings import NAMES, Settings


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_environment({"PATH": "/bin"})

    assert (settings.model, settings.atlas, settings.cache) == (None, None, "memory")
    assert settings.max_photo_bytes == 25 * 1024 * 1024
    assert settings.concurrency >= 1


def test_every_name_is_read() -> None:
    values = {
        "FIELDMARK_ATLAS": "a.sqlite",
        "FIELDMARK_CACHE": "memory",
        "FIELDMARK_CONCURRENCY": "3",
        "FIELDMARK_MAX_PHOTO_BYTES": "1000",
        "FIELDMARK_MAX_PHOTO_PIXELS": "2000",
        "FIELDMARK_MODEL": "m.zip",
    }

    assert sorted(values) == sorted(NAMES)
    assert Settings.from_environment(values) == Settings(
        model="m.zip",
        atlas="a.sqlite",
        cache="memory",
        max_photo_bytes=1000,
        max_photo_pixels=2000,
        concurrency=3,
    )


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(SettingInvalid, match=r"FIELDMARK_MODLE .* FIELDMARK_MODEL\?"):
        Settings.from_environment({"FIELDMARK_MODLE": "x"})


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "²", "1_000"])
def test_a_count_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(SettingInvalid, match="FIELDMARK_CONCURRENCY"):
        Settings.from_environment({"FIELDMARK_CONCURRENCY": value})


def test_an_empty_value_is_the_default() -> None:
    assert Settings.from_environment({"FIELDMARK_CACHE": ""}).cache == "memory"

import re
from dataclasses import fields
from pathlib import Path

import pytest

from infra.settings import Settings, SettingsWrong

ROOT = Path(__file__).parents[2]


def test_the_file_of_a_team_is_read_and_changed_by_arguments(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('profile = "lambda"\nmax_acu = 8\nmemory_mb = 3538\n')

    settings = Settings.read(file, {"memory_mb": "1769", "region": "us-east-1"})

    assert (settings.profile, settings.max_acu) == ("lambda", 8.0)
    assert (settings.memory_mb, settings.region) == (1769, "us-east-1")


def test_the_file_in_the_repository_holds_the_defaults() -> None:
    assert Settings.read(ROOT / "infra/settings.toml") == Settings()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"memory": "1"}, "memory is no setting"),
        ({"memory_mb": "much"}, "memory_mb is 'much'"),
        ({"profile": "kubernetes"}, "fargate, lambda"),
        ({"account": "me"}, "account is 'me'"),
        ({"region": "eu-moon-1"}, "no roots of Amazon RDS for eu-moon-1"),
        ({"start": "warm"}, "cold, snapstart, provisioned"),
        ({"start": "snapstart", "python": "3.11"}, "SnapStart needs Python 3.12"),
        ({"start": "provisioned"}, "provisioned goes with"),
        ({"start": "snapstart", "provisioned": "2"}, "provisioned goes with"),
        ({"start": "provisioned", "provisioned": "101"}, "101 provisioned of 100"),
        ({"night": "22:00"}, "night and morning go together"),
        ({"night": "25:00", "morning": "6:00"}, "night is '25:00'"),
        ({"domain": "animals.example.org"}, "domain and certificate go together"),
        ({"min_acu": "8"}, "a minimum is above its maximum"),
        ({"max_acu": "0.5"}, "lower concurrency"),
        ({"concurrency": "2000", "max_acu": "64"}, "2012 reads of the database at once"),
    ],
)
def test_what_cannot_be_deployed_is_refused(given: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsWrong, match=re.escape(says)):
        Settings.read(ROOT / "infra/settings.toml", given)


def test_the_databases_limit_is_a_lower_bound_of_auroras_table() -> None:
    assert Settings(max_acu=4.0).database_connections <= 823
    assert Settings(max_acu=8.0).database_connections <= 1669
    assert Settings(max_acu=64.0).database_connections == 2000


def test_every_setting_is_in_the_document() -> None:
    document = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")

    for field in fields(Settings):
        assert f"`{field.name}`" in document, field.name

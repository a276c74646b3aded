from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.errors import SettingInvalid
from fieldmark.settings import (
    NAMES,
    CacheUrl,
    DatabaseUrl,
    RateLimit,
    S3Place,
    Settings,
)


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_environment({"PATH": "/bin"})

    assert (settings.model, settings.atlas, settings.cache) == (None, None, None)
    assert settings.max_photo_bytes == 25 * 1024 * 1024
    assert settings.concurrency >= 1


def test_every_name_is_read() -> None:
    values = {
        "FIELDMARK_API_KEYS": f"{'a' * 64}, {'B' * 64}",
        "FIELDMARK_ATLAS": "a.sqlite",
        "FIELDMARK_BLOBS": "photos",
        "FIELDMARK_CACHE": "valkeys://:p%40ss@cache.example:6380?ca=ca.pem",
        "FIELDMARK_CACHE_AUTH": "iam",
        "FIELDMARK_CONCURRENCY": "3",
        "FIELDMARK_CORS_ORIGINS": "https://a.example, http://localhost:3000",
        "FIELDMARK_DB_AUTH": "iam",
        "FIELDMARK_DB_READS": "4",
        "FIELDMARK_JOURNAL": "journal.sqlite",
        "FIELDMARK_KEEP_PHOTOS": "yes",
        "FIELDMARK_MAX_PHOTO_BYTES": "1000",
        "FIELDMARK_MAX_PHOTO_PIXELS": "2000",
        "FIELDMARK_METRICS": "emf",
        "FIELDMARK_ML": "lambda:identify:live",
        "FIELDMARK_MODEL": "m.zip",
        "FIELDMARK_OVERRIDES": "s3://atlas/overrides.csv",
        "FIELDMARK_QUEUE": "0",
        "FIELDMARK_RATE_LIMIT": "60/minute",
        "FIELDMARK_RETENTION_DAYS": "7",
        "FIELDMARK_TILES_CREDIT": "© the mappers",
        "FIELDMARK_TILES_URL": "https://t.example/{z}/{x}/{y}.png",
        "FIELDMARK_TRUSTED_PROXIES": "10.0.0.0/8, ::1",
        "FIELDMARK_UPLOADS": "s3://photos/in/",
    }

    assert sorted(values) == sorted(NAMES)
    assert Settings.from_environment(values) == Settings(
        model="m.zip",
        atlas=Path("a.sqlite"),
        cache=CacheUrl("cache.example", 6380, tls=True, password="p@ss", ca=Path("ca.pem")),  # noqa: S106
        cache_auth="iam",
        db_auth="iam",
        db_reads=4,
        overrides=S3Place("atlas", "overrides.csv/"),
        metrics="emf",
        ml="identify:live",
        uploads=S3Place("photos", "in/"),
        max_photo_bytes=1000,
        max_photo_pixels=2000,
        concurrency=3,
        queue=0,
        journal=Path("journal.sqlite"),
        blobs=Path("photos"),
        keep_photos=True,
        retention_days=7,
        api_keys=frozenset({"a" * 64, "b" * 64}),
        rate_limit=RateLimit(60, 60),
        trusted_proxies=(ip_network("10.0.0.0/8"), ip_network("::1/128")),
        cors_origins=("https://a.example", "http://localhost:3000"),
        tiles_url="https://t.example/{z}/{x}/{y}.png",
        tiles_credit="© the mappers",
    )


def test_off_keeps_no_journal_and_limits_nothing() -> None:
    settings = Settings.from_environment(
        {"FIELDMARK_JOURNAL": "off", "FIELDMARK_RATE_LIMIT": "off"}
    )

    assert settings.journal is None
    assert settings.rate_limit is None


def test_the_queue_follows_from_the_concurrency_unless_set() -> None:
    assert Settings(concurrency=3).queue_places == 6
    assert Settings(concurrency=3, queue=1).queue_places == 1


def test_the_journal_lies_in_the_users_state_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/state")

    assert Settings().journal == Path("/state/fieldmark/journal.sqlite")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_KEYS", "secret"),
        ("ATLAS", "postgresql://host"),
        ("ATLAS", "mysql://host/atlas"),
        ("BLOBS", "s3://"),
        ("BLOBS", "https://bucket"),
        ("CACHE", "redis://host"),
        ("CACHE", "valkey://host/3"),
        ("CACHE", "valkey://host:99999"),
        ("CACHE", "valkey://host?timeout=3"),
        ("CACHE_AUTH", "none"),
        ("DB_READS", "0"),
        ("CORS_ORIGINS", "example.org"),
        ("JOURNAL", "s3://bucket?x=1"),
        ("KEEP_PHOTOS", "true"),
        ("ML", "remote"),
        ("ML", "lambda:a b"),
        ("RATE_LIMIT", "0/minute"),
        ("RATE_LIMIT", "60"),
        ("RETENTION_DAYS", "0"),
        ("TILES_URL", "https://t.example/tile.png"),
        ("TILES_URL", "javascript:{z}{x}{y}"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("UPLOADS", "photos"),
    ],
)
def test_a_value_that_cannot_serve_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingInvalid, match=f"FIELDMARK_{name}"):
        Settings.from_environment({f"FIELDMARK_{name}": value})


def test_a_key_that_is_no_hash_is_not_repeated_in_the_message() -> None:
    with pytest.raises(SettingInvalid) as caught:
        Settings.from_environment({"FIELDMARK_API_KEYS": "my-secret-key"})

    assert "my-secret-key" not in str(caught.value)


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(SettingInvalid, match=r"FIELDMARK_MODLE .* FIELDMARK_MODEL\?"):
        Settings.from_environment({"FIELDMARK_MODLE": "x"})


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "²", "1_000"])
def test_a_count_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(SettingInvalid, match="FIELDMARK_CONCURRENCY"):
        Settings.from_environment({"FIELDMARK_CONCURRENCY": value})


def test_an_empty_value_is_the_default() -> None:
    assert Settings.from_environment({"FIELDMARK_CACHE": ""}).cache is None


@pytest.mark.parametrize(
    ("name", "url", "shown"),
    [
        ("ATLAS", "postgresql://me:hunter2@db:5432/atlas?sslmode=require", "me@db:5432/atlas"),
        ("ATLAS", "postgresql://db/atlas?password=hunter2&sslmode=require", "db/atlas?sslmode"),
        ("ATLAS", "postgresql://db/atlas?pass%77ord=hunter2&user=me", "db/atlas?user=me"),
        ("ATLAS", "postgresql://db/atlas?sslpassword=hunter2#hunter2", "db/atlas"),
        ("ATLAS", "postgresql://me:p@hunter2@db/atlas", "me@db/atlas"),
        ("CACHE", "valkeys://me:hunter2@cache", "valkeys://cache:6379"),
    ],
)
def test_a_password_is_never_shown(name: str, url: str, shown: str) -> None:
    settings = Settings.from_environment({f"FIELDMARK_{name}": url})
    value = getattr(settings, name.lower())

    assert shown in str(value)
    assert "hunter2" not in str(value) + repr(settings)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("ATLAS", "postgresql://me:hunter2@db"),
        ("ATLAS", "postgresql://me:hunter2/x@db/atlas"),
        ("ATLAS", "postgresql://me:12/hunter2@db/atlas"),
        ("ATLAS", "postgresql://me:hunter2#x@db/atlas"),
        ("ATLAS", "postgresql://me:hunter2?x@db/atlas"),
        ("ATLAS", "postgresql://me:hunter2\u2100@db/atlas"),
        ("ATLAS", "postgresql://me:hunter2@[db/atlas"),
        ("ATLAS", "postgresql://me:hunter2@db:0/atlas"),
        ("ATLAS", "postgres://hunter2@db:port/atlas"),
        ("CACHE", "valkeys://me:hunter2/x@cache"),
        ("CACHE", "valkeys://me:hunter2\u2100@cache"),
        ("CACHE", "valkeys://me:hunter2@cache:0"),
    ],
)
def test_an_address_that_cannot_serve_is_refused_without_its_password(name: str, url: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        Settings.from_environment({f"FIELDMARK_{name}": url})

    assert "hunter2" not in str(caught.value)


def test_the_region_is_what_aws_says_of_itself() -> None:
    assert Settings.from_environment({"AWS_REGION": "eu-west-1"}).aws_region == "eu-west-1"
    assert Settings.from_environment({"AWS_REGION": ""}).aws_region is None


@given(secret=st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=12))
def test_no_error_of_an_address_says_any_of_its_password(secret: str) -> None:
    url = f"postgresql://me:-{secret}-@db.example.org/atlas"

    try:
        shown = str(DatabaseUrl.parse(url))
    except ValueError as error:
        shown = str(error)

    assert f"-{secret}-" not in shown


def test_a_database_says_where_it_is_and_who_asks() -> None:
    url = DatabaseUrl.parse("postgresql://me%40home:x@db.example.org:6543/at%20las")

    assert (url.host, url.port, url.database) == ("db.example.org", 6543, "at las")
    assert url.user == "me@home"
    assert DatabaseUrl.parse("postgres://db/atlas").port == 5432

import pytest

from fieldmark.settings import NAMES, DatabaseUrl, S3Place, Settings
from templates import Template


def test_every_name_and_value_is_a_setting_of_this_version(service: Template) -> None:
    environments = list(service.environments())

    assert len(environments) == 3
    for name, environment in environments:
        settings = Settings.from_environment(environment)

        assert set(environment) - {"AWS_REGION", "XDG_CACHE_HOME"} <= set(NAMES), name
        assert isinstance(settings.atlas, DatabaseUrl)
        assert settings.cache is not None
        assert settings.cache.tls
        assert (settings.db_auth, settings.cache_auth) == ("iam", "iam")


def test_containers_are_told_their_region_which_tokens_are_signed_for(service: Template) -> None:
    functions = {function.name for function in service.of("Lambda::Function")}

    for name, environment in service.environments():
        # Lambda says it by itself, and refuses whoever else would.
        assert ("AWS_REGION" in environment) is (name not in functions)


def test_the_ml_function_keeps_no_journal_and_counts_in_its_log(service: Template) -> None:
    told = dict(service.environments())
    (name,) = (name for name in told if name.startswith("Inference"))
    settings = Settings.from_environment(told[name])

    assert settings.journal is None
    assert settings.metrics == "emf"
    assert isinstance(settings.uploads, S3Place)


def test_the_website_keeps_its_journal_and_photos_in_buckets(service: Template) -> None:
    told = dict(service.environments())
    (name,) = (name for name in told if name.startswith("Site"))
    settings = Settings.from_environment(told[name])

    assert isinstance(settings.journal, S3Place)
    assert isinstance(settings.blobs, S3Place)


@pytest.mark.parametrize("profile", ["fargate"])
def test_a_task_calls_the_function_by_its_alias(service: Template) -> None:
    told = dict(service.environments())
    (name,) = (name for name in told if name.startswith("Site"))
    settings = Settings.from_environment(told[name])

    assert settings.ml is not None
    assert settings.ml.endswith(":live")
    assert settings.trusted_proxies


@pytest.mark.parametrize("profile", ["lambda"])
def test_the_one_function_identifies_photos_itself(service: Template) -> None:
    told = dict(service.environments())
    (name,) = (name for name in told if name.startswith("Site"))
    settings = Settings.from_environment(told[name])

    assert settings.ml is None
    assert settings.concurrency == 1
    assert not settings.trusted_proxies, "API Gateway itself says who asks"

"""A deployment with every setting that is off by default."""

from pathlib import Path

import pytest

from fieldmark.settings import S3Place, Settings
from templates import Template


@pytest.fixture
def service(assemblies: dict[str, Path]) -> Template:
    return Template(assemblies["every-knob"] / "Fieldmark.template.json")


def test_a_model_of_the_teams_own_is_read_from_its_bucket(service: Template) -> None:
    told = [e for _, e in service.environments() if "FIELDMARK_MODEL" in e]

    assert len(told) == 2
    for environment in told:
        model = Settings.from_environment(environment).model
        assert model == "s3://imported-bucket/models/africa.zip"


def test_who_knows_areas_reads_what_people_say_against_the_atlas(service: Template) -> None:
    told = [e for _, e in service.environments() if "FIELDMARK_OVERRIDES" in e]

    assert len(told) == 2
    for environment in told:
        place = Settings.from_environment(environment).overrides
        assert place == S3Place.parse("s3://imported-bucket/overrides/overrides.csv")


def test_with_a_certificate_the_load_balancer_speaks_tls_only(service: Template) -> None:
    listener = service.one("ElasticLoadBalancingV2::Listener").properties
    origin = service.one("CloudFront::VpcOrigin").properties["VpcOriginEndpointConfig"]

    assert (listener["Protocol"], listener["Port"]) == ("HTTPS", 443)
    assert "TLS13" in listener["SslPolicy"]
    assert origin["OriginProtocolPolicy"] == "https-only"


def test_with_a_domain_viewers_need_tls_of_today(service: Template) -> None:
    config = service.one("CloudFront::Distribution").properties["DistributionConfig"]

    assert config["Aliases"] == ["animals.example.org"]
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"


def test_there_is_nobody_at_night(service: Template) -> None:
    target = service.one("ApplicationAutoScaling::ScalableTarget").properties
    actions = {a["ScheduledActionName"]: a for a in target["ScheduledActions"]}

    assert actions["Night"]["ScalableTargetAction"] == {"MinCapacity": 0, "MaxCapacity": 0}
    assert actions["Night"]["Schedule"] == "cron(0 22 * * ? *)"
    assert actions["Morning"]["ScalableTargetAction"] == {"MinCapacity": 1, "MaxCapacity": 6}
    assert actions["Morning"]["Schedule"] == "cron(30 5 * * ? *)"


def test_environments_that_are_always_there_belong_to_the_alias(service: Template) -> None:
    alias = service.one("Lambda::Alias").properties
    function = service.one("Lambda::Function").properties

    assert alias["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 2}
    assert "SnapStart" not in function


def test_batches_run_by_themselves_and_people_hear_of_alarms(service: Template) -> None:
    assert service.one("Scheduler::Schedule").properties["ScheduleExpression"] == "rate(1 day)"
    assert service.one("SNS::Subscription").properties["Endpoint"] == "people@example.org"

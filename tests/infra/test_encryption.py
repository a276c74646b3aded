import json

import pytest

from templates import Template


def test_buckets_are_encrypted_private_and_reached_over_tls(everything: list[Template]) -> None:
    buckets = [bucket for template in everything for bucket in template.of("S3::Bucket")]

    assert len(buckets) == 7
    for bucket in buckets:
        shut = bucket.properties["PublicAccessBlockConfiguration"]

        assert bucket.properties["BucketEncryption"]
        assert set(shut.values()) == {True}
        assert len(shut) == 4


def test_every_bucket_refuses_plain_http_and_old_tls(everything: list[Template]) -> None:
    for template in everything:
        policies = {
            p.properties["Bucket"]["Ref"]: json.dumps(p.properties["PolicyDocument"])
            for p in template.of("S3::BucketPolicy")
        }
        for bucket in template.of("S3::Bucket"):
            policy = policies[bucket.name]

            assert '"aws:SecureTransport": "false"' in policy
            assert '"s3:TlsVersion": 1.2' in policy


def test_half_uploads_are_tidied_in_every_bucket(everything: list[Template]) -> None:
    for template in everything:
        for bucket in template.of("S3::Bucket"):
            rules = bucket.properties["LifecycleConfiguration"]["Rules"]

            assert any("AbortIncompleteMultipartUpload" in rule for rule in rules)


def test_uploads_live_for_a_day(service: Template) -> None:
    (uploads,) = (b for b in service.of("S3::Bucket") if "Uploads" in b.name)

    assert uploads.properties["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] == 1


def test_pages_of_the_site_alone_may_lay_down_uploads(service: Template) -> None:
    (uploads,) = (b for b in service.of("S3::Bucket") if "Uploads" in b.name)
    (rule,) = uploads.properties["CorsConfiguration"]["CorsRules"]

    assert rule["AllowedMethods"] == ["POST"]
    assert rule["AllowedOrigins"] != ["*"]
    assert len(rule["AllowedOrigins"]) == 1


def test_the_database_is_encrypted_at_rest_and_on_the_way(service: Template) -> None:
    cluster = service.one("RDS::DBCluster").properties
    parameters = service.one("RDS::DBClusterParameterGroup").properties["Parameters"]

    assert cluster["StorageEncrypted"] is True
    assert parameters["rds.force_ssl"] == "1"


def test_clients_verify_whom_they_talk_to(service: Template) -> None:
    told = [e for _, e in service.environments() if "FIELDMARK_ATLAS" in e]

    assert len(told) == 3
    for environment in told:
        assert environment["FIELDMARK_CACHE"].startswith("valkeys://")
        assert "sslmode=verify-full" in environment["FIELDMARK_ATLAS"]
        assert environment["FIELDMARK_ATLAS"].endswith("/certificates/eu-west-1.pem")


@pytest.mark.parametrize("profile", ["fargate"])
def test_viewers_are_sent_to_https(service: Template) -> None:
    config = service.one("CloudFront::Distribution").properties["DistributionConfig"]

    behaviours = [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]
    assert {b["ViewerProtocolPolicy"] for b in behaviours} == {"redirect-to-https"}


@pytest.mark.parametrize("profile", ["lambda"])
def test_an_http_api_is_https_only_and_no_function_has_a_url(service: Template) -> None:
    assert service.one("ApiGatewayV2::Api").properties["ProtocolType"] == "HTTP"  # its name for it
    assert not service.of("Lambda::Url")


def test_topics_take_messages_over_tls_only(service: Template) -> None:
    policy = json.dumps(service.one("SNS::TopicPolicy").properties["PolicyDocument"])

    assert '"aws:SecureTransport": "false"' in policy

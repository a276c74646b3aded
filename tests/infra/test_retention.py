import json

from templates import Template


def test_every_log_group_forgets(everything: list[Template]) -> None:
    groups = [group for template in everything for group in template.of("Logs::LogGroup")]

    assert groups
    assert {group.properties["RetentionInDays"] for group in groups} == {30}


def test_every_function_and_container_logs_to_a_group_that_forgets(service: Template) -> None:
    groups = {group.name for group in service.of("Logs::LogGroup")}
    used = [f.properties["LoggingConfig"]["LogGroup"] for f in service.of("Lambda::Function")]
    used += [
        container["LogConfiguration"]["Options"]["awslogs-group"]
        for task in service.of("ECS::TaskDefinition")
        for container in task.properties["ContainerDefinitions"]
    ]

    assert used
    assert {group["Ref"] for group in used} <= groups


def test_the_databases_log_is_made_before_it_so_that_it_forgets_too(service: Template) -> None:
    cluster = service.one("RDS::DBCluster")
    name = cluster.properties["DBClusterIdentifier"]
    (group,) = (
        g
        for g in service.of("Logs::LogGroup")
        if g.properties.get("LogGroupName") == f"/aws/rds/cluster/{name}/postgresql"
    )

    assert group.name in cluster.whole["DependsOn"]
    assert cluster.properties["EnableCloudwatchLogsExports"] == ["postgresql"]


def test_no_log_keeps_a_query(service: Template) -> None:
    for stage in service.of("ApiGatewayV2::Stage"):
        assert "query" not in json.dumps(stage.properties["AccessLogSettings"]).lower()
        assert "path" not in json.dumps(stage.properties["AccessLogSettings"]).lower()
    for balancer in service.of("ElasticLoadBalancingV2::LoadBalancer"):
        attributes = {a["Key"]: a["Value"] for a in balancer.properties["LoadBalancerAttributes"]}
        assert attributes.get("access_logs.s3.enabled", "false") == "false"
    for distribution in service.of("CloudFront::Distribution"):
        assert "Logging" not in distribution.properties["DistributionConfig"]


def test_what_a_team_cannot_make_again_is_kept_when_the_stack_goes(kept: Template) -> None:
    buckets = kept.of("S3::Bucket")

    assert {bucket.whole["DeletionPolicy"] for bucket in buckets} == {"Retain"}
    assert {bucket.whole["UpdateReplacePolicy"] for bucket in buckets} == {"Retain"}
    assert not [bucket for bucket in buckets if "BucketName" in bucket.properties]


def test_the_service_can_go_whole_and_leave_nothing(service: Template) -> None:
    stays = [r.name for r in service.all() if r.whole.get("DeletionPolicy") == "Retain"]

    # Versions of functions go with their function.
    assert {name for name in stays if "CurrentVersion" not in name} == set()


def test_the_journal_and_releases_keep_old_versions_for_a_while(kept: Template) -> None:
    versioned = [b for b in kept.of("S3::Bucket") if "VersioningConfiguration" in b.properties]

    assert sorted(b.name.rstrip("0123456789ABCDEF") for b in versioned) == ["Releases"]
    for bucket in versioned:
        (rule,) = bucket.properties["LifecycleConfiguration"]["Rules"]
        assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}

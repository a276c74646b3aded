import pytest

from infra.settings import Settings
from templates import Template


def reserved(service: Template) -> int:
    functions = service.of("Lambda::Function")
    return sum(int(f.properties["ReservedConcurrentExecutions"]) for f in functions)


def reads_of_tasks(service: Template) -> int:
    targets = service.of("ApplicationAutoScaling::ScalableTarget")
    tasks = sum(int(target.properties["MaxCapacity"]) for target in targets)
    reads = {
        int(environment["FIELDMARK_DB_READS"])
        for name, environment in service.environments()
        if name.startswith("SiteTask")
    }
    return tasks * max(reads, default=0)


def test_all_parts_together_open_fewer_connections_than_the_database_takes(
    service: Template,
) -> None:
    capacity = service.one("RDS::DBCluster").properties["ServerlessV2ScalingConfiguration"]
    settings = Settings(max_acu=float(capacity["MaxCapacity"]))

    assert reserved(service) + reads_of_tasks(service) < settings.database_connections


def test_a_function_reads_the_database_once_at_a_time(service: Template) -> None:
    functions = {f.name for f in service.of("Lambda::Function")}

    for name, environment in service.environments():
        if name in functions:
            assert environment["FIELDMARK_DB_READS"] == "1"


def test_the_database_sleeps_when_nobody_asks(service: Template) -> None:
    capacity = service.one("RDS::DBCluster").properties["ServerlessV2ScalingConfiguration"]

    assert capacity["MinCapacity"] == 0
    assert capacity["SecondsUntilAutoPause"] == 300


def test_the_cache_has_limits(service: Template) -> None:
    limits = service.one("ElastiCache::ServerlessCache").properties["CacheUsageLimits"]

    assert limits == {
        "DataStorage": {"Maximum": 1, "Unit": "GB"},
        "ECPUPerSecond": {"Maximum": 5000},
    }


def test_functions_run_on_x86_with_a_whole_core_and_are_traced(service: Template) -> None:
    for function in service.of("Lambda::Function"):
        assert function.properties["Architectures"] == ["x86_64"]
        assert function.properties["MemorySize"] == 1769
        assert function.properties["TracingConfig"] == {"Mode": "Active"}


def test_every_function_moves_by_steps_and_back_on_alarms(service: Template) -> None:
    aliases = service.of("Lambda::Alias")
    shifts = service.of("CodeDeploy::DeploymentGroup")

    assert len(aliases) == len(shifts) == len(service.of("Lambda::Function"))
    for alias in aliases:
        assert "CodeDeployLambdaAliasUpdate" in alias.whole["UpdatePolicy"]
    for shift in shifts:
        assert shift.properties["DeploymentConfigName"].startswith("CodeDeployDefault.LambdaCanary")
        assert len(shift.properties["AlarmConfiguration"]["Alarms"]) == 2
        assert set(shift.properties["AutoRollbackConfiguration"]["Events"]) == {
            "DEPLOYMENT_FAILURE",
            "DEPLOYMENT_STOP_ON_ALARM",
            "DEPLOYMENT_STOP_ON_REQUEST",
        }


@pytest.mark.parametrize("profile", ["fargate"])
def test_the_load_balancer_lets_go_before_the_server_does(service: Template) -> None:
    from fieldmark.entrypoints.cli.serve import BEHIND_A_PROXY

    balancer = service.one("ElasticLoadBalancingV2::LoadBalancer").properties
    attributes = {a["Key"]: a["Value"] for a in balancer["LoadBalancerAttributes"]}

    assert int(attributes["idle_timeout.timeout_seconds"]) < BEHIND_A_PROXY.deadlines.idle_s


@pytest.mark.parametrize("profile", ["fargate"])
def test_a_task_that_stops_is_given_the_time_that_the_server_takes(service: Template) -> None:
    from fieldmark.entrypoints.web.server.bounds import Deadlines

    stops = [
        container.get("StopTimeout")
        for task in service.of("ECS::TaskDefinition")
        for container in task.properties["ContainerDefinitions"]
        if container["Name"] == "Web"
    ]

    assert [stop > Deadlines().exit_s for stop in stops] == [True]


@pytest.mark.parametrize("profile", ["fargate"])
def test_containers_write_to_one_folder_and_nowhere_else(service: Template) -> None:
    for task in service.of("ECS::TaskDefinition"):
        (container,) = task.properties["ContainerDefinitions"]

        assert container["ReadonlyRootFilesystem"] is True
        assert [m["ContainerPath"] for m in container["MountPoints"]] == ["/scratch"]


@pytest.mark.parametrize("profile", ["fargate"])
def test_the_website_grows_with_work_and_with_requests(service: Template) -> None:
    kinds = {
        policy.properties["TargetTrackingScalingPolicyConfiguration"][
            "PredefinedMetricSpecification"
        ]["PredefinedMetricType"]
        for policy in service.of("ApplicationAutoScaling::ScalingPolicy")
    }

    assert kinds == {"ECSServiceAverageCPUUtilization", "ALBRequestCountPerTarget"}


def test_a_map_leaves_places_for_people(service: Template) -> None:
    import json

    machine = service.one("StepFunctions::StateMachine").properties["DefinitionString"]
    text = "".join(part for part in machine["Fn::Join"][1] if isinstance(part, str))

    assert '"MaxConcurrency":50' in text
    assert '"OutputType":"JSONL"' in text
    assert '"MaxItemsPerBatch":20' in text
    assert json.dumps(machine).count("answers") == 1


@pytest.mark.parametrize("profile", ["lambda"])
def test_the_one_function_forgets_once_a_day_since_nothing_runs_between(service: Template) -> None:
    rule = service.one("Events::Rule").properties
    (target,) = rule["Targets"]

    assert rule["ScheduleExpression"] == "rate(1 day)"
    assert target["Input"] == '{"do":"forget"}'

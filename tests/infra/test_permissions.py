import json
from collections.abc import Mapping
from typing import Any

from templates import Template

TAKE_NO_RESOURCE = {
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
    "ecr:GetAuthorizationToken",
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
}


def actions_of(statement: Mapping[str, Any]) -> list[str]:
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else actions


def test_no_role_may_do_whatever_begins_like_this(everything: list[Template]) -> None:
    for template in everything:
        for name, statement in template.statements():
            assert not [a for a in actions_of(statement) if "*" in a], name


def test_every_permission_names_what_it_holds_for_where_aws_takes_a_name(
    everything: list[Template],
) -> None:
    for template in everything:
        for name, statement in template.statements():
            if statement["Resource"] == "*" and statement["Effect"] == "Allow":
                assert set(actions_of(statement)) <= TAKE_NO_RESOURCE, name


def test_a_function_cannot_make_interfaces_of_its_own(service: Template) -> None:
    refused = [s for _, s in service.statements() if s["Effect"] == "Deny"]

    assert len(refused) == len(service.of("Lambda::Function"))
    for statement in refused:
        assert "lambda:SourceFunctionArn" in json.dumps(statement["Condition"])


def test_who_reads_the_database_is_not_who_publishes(service: Template) -> None:
    users = {
        name: json.dumps(statement["Resource"])
        for name, statement in service.statements()
        if "rds-db:connect" in actions_of(statement)
    }

    assert len(users) == 3 if "Site" in "".join(users) else 2
    for name, resource in users.items():
        who = "fieldmark_publisher" if name.startswith("Publishing") else "fieldmark_reader"
        assert resource.endswith(f'/{who}"]]}}')


def test_nobody_is_let_in_by_a_bucket(everything: list[Template]) -> None:
    for template in everything:
        for policy in template.of("S3::BucketPolicy"):
            for statement in policy.properties["PolicyDocument"]["Statement"]:
                service = statement["Principal"] == {"Service": "logging.s3.amazonaws.com"}
                assert service or statement["Effect"] == "Deny"


def test_a_function_is_called_by_named_services_of_this_account(service: Template) -> None:
    for permission in service.of("Lambda::Permission"):
        said = permission.properties

        assert said["Principal"] in {
            "s3.amazonaws.com",
            "apigateway.amazonaws.com",
            "events.amazonaws.com",
        }
        assert "SourceAccount" in said or "SourceArn" in said


def test_the_website_calls_the_alias_and_no_version(service: Template) -> None:
    for name, statement in service.statements():
        if "lambda:InvokeFunction" in actions_of(statement):
            assert statement["Resource"] == {"Ref": _alias(service)}, name


def _alias(service: Template) -> str:
    (alias,) = (a.name for a in service.of("Lambda::Alias") if a.name.startswith("Inference"))
    return alias

import json
import re

from templates import Template

SECRET = re.compile(r"password|secret|credential|private.?key", re.IGNORECASE)


def test_there_is_no_secret_and_no_password(everything: list[Template]) -> None:
    for template in everything:
        kinds = {resource.type for resource in template.all()}

        assert not {kind for kind in kinds if "SecretsManager" in kind or "SSM" in kind}
        assert not SECRET.findall(json.dumps(template.document["Resources"]))


def test_the_database_and_the_cache_believe_roles_of_aws(service: Template) -> None:
    cluster = service.one("RDS::DBCluster").properties
    user = service.one("ElastiCache::User").properties

    assert cluster["MasterUserAuthenticationType"] == "iam-db-auth"
    assert cluster["EnableIAMDatabaseAuthentication"] is True
    assert user["AuthenticationMode"] == {"Type": "iam"}
    assert user["UserId"] == user["UserName"], "what IAM asks of a user of a cache"


def test_nothing_is_made_by_functions_that_are_not_ours(everything: list[Template]) -> None:
    for template in everything:
        assert not [r for r in template.all() if r.type.startswith("Custom::")]
        assert {f.properties["Handler"] for f in template.of("Lambda::Function")} <= {
            "fieldmark.entrypoints.aws_lambda.handler",
            "fieldmark.entrypoints.aws_lambda_web.handler",
        }

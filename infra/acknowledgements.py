"""What cdk-nag finds and stays as it is, and why."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aws_cdk import Stack
    from constructs import IConstruct


__all__ = ["ACKNOWLEDGED", "Acknowledged", "acknowledge"]

_PACK: Final = "AwsSolutions::AwsSolutions-"

_BELOW_A_PREFIX: Final = (
    "objects below a prefix of one bucket, actions spelt out: who may keep them must name them all"
)
_OF_THE_PLATFORM: Final = (
    "X-Ray's and EC2's network interfaces and the delivery of logs take no resource; a statement "
    "besides refuses the interfaces to the function's own code"
)
_IMAGE: Final = "ecr:GetAuthorizationToken takes no resource; the pull itself names one repository"
_NO_SECRETS: Final = "names and addresses only: there is no secret, tokens are signed by roles"
_VERSION: Final = (
    "the version is a setting, checked against those that Lambda has with a recent glibc"
)
_QUERIES: Final = (
    "such a log keeps the query of each request, which may hold coordinates; the website writes "
    "its own, without"
)


_ANY: Final = "[Resource::*]"
_UPLOADS: Final = "[Resource::<TransitUploads55B3F66E.Arn>/uploads/*]"
_INBOX: Final = "[Resource::<TransitInbox8BA3C02F.Arn>/*]"
_MAP: Final = (
    "[Resource::arn:<AWS::Partition>:states:{region}:{account}:execution:"
    '{{"Fn::Select":[6,{{"Fn::Split":[":",{{"Ref":"BatchMachineAF41ABEC"}}]}}]}}'
)
_CODEDEPLOY: Final = (
    "[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]"
)


def _kept(bucket: str, prefix: str) -> str:
    return f"[Resource::FieldmarkKept:ExportsOutputFnGetAtt{bucket}/{prefix}*]"


_JOURNAL: Final = _kept("JournalAE8C44B2Arn8FBFE2CC", "answers/")
_PHOTOS: Final = _kept("PhotosB9552D0DArnF8E9C07B", "photos/")
_MODELS: Final = _kept("ReleasesE6BA3EBFArn06DC8206", "models/")
_OVERRIDES: Final = _kept("ReleasesE6BA3EBFArn06DC8206", "overrides/")
_RELEASES: Final = _kept("ReleasesE6BA3EBFArn06DC8206", "")
_COLLECTIONS: Final = _kept("CollectionsBA9D0720Arn66898BD6", "")
_COLLECTED: Final = (
    "[Resource::arn:<AWS::Partition>:s3:::"
    "FieldmarkKept:ExportsOutputRefCollectionsBA9D072084D8E520/*]"
)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Rules that do not hold for a construct and what is below it, with the reason.

    A rule that finds several things is written with what it finds, so that one more is found.
    """

    path: str
    reason: str
    rules: tuple[str, ...]


def _wildcards(path: str, reason: str, *found: str) -> Acknowledged:
    return Acknowledged(path, reason, tuple(f"IAM5{what}" for what in found))


ACKNOWLEDGED: Final = (
    Acknowledged(
        "Database/Cluster",
        "another port hides nothing: only security groups of ours reach the cluster",
        ("RDS11",),
    ),
    _wildcards("Inference/Role", _OF_THE_PLATFORM, _ANY),
    _wildcards("Inference/Role", _BELOW_A_PREFIX, _MODELS, _OVERRIDES, _UPLOADS, _COLLECTIONS),
    _wildcards("Inference/Inbox", _BELOW_A_PREFIX, _INBOX),
    Acknowledged("Inference/Function", _VERSION, ("L1",)),
    _wildcards("Site/Role", _OF_THE_PLATFORM, _ANY),
    _wildcards("Site/Role", _BELOW_A_PREFIX, _MODELS, _OVERRIDES, _UPLOADS, _JOURNAL, _PHOTOS),
    Acknowledged("Site/Function", _VERSION, ("L1",)),
    _wildcards(
        "Site/Task/TaskRole", _BELOW_A_PREFIX, _MODELS, _OVERRIDES, _UPLOADS, _JOURNAL, _PHOTOS
    ),
    _wildcards("Site/Task/ExecutionRole", _IMAGE, _ANY),
    Acknowledged("Site/Task", _NO_SECRETS, ("ECS2",)),
    Acknowledged("Site/Balancer", _QUERIES, ("ELB2",)),
    Acknowledged(
        "Site/Distribution", "animals are everywhere; the website is for everyone", ("CFR1",)
    ),
    Acknowledged(
        "Site/Distribution",
        "a firewall costs more than the idle service; the website bounds capacity and rates itself",
        ("CFR2",),
    ),
    Acknowledged("Site/Distribution", _QUERIES, ("CFR3",)),
    Acknowledged(
        "Site/Distribution",
        "CloudFront's own certificate allows no choice; with a domain it is TLS 1.2 of 2021",
        ("CFR4",),
    ),
    Acknowledged("Site/Api", "a public website; keys, where set, are checked by it", ("APIG4",)),
    _wildcards("Publishing/Task/TaskRole", _BELOW_A_PREFIX, _RELEASES),
    _wildcards("Publishing/Task/ExecutionRole", _IMAGE, _ANY),
    Acknowledged("Publishing/Task", _NO_SECRETS, ("ECS2",)),
    Acknowledged(
        "Cluster",
        "Container Insights bills every task's metrics; the website's own say what people see",
        ("ECS4",),
    ),
    _wildcards("Batch/Machine", "X-Ray and the delivery of logs take no resource", _ANY),
    _wildcards("Batch/Machine", "what CDK itself grants for a map's results", _COLLECTED),
    _wildcards(
        "Batch/Machine",
        "a map runs executions of itself, whose names are made as it runs",
        f"{_MAP}:*]",
        f"{_MAP}/*:*]",
    ),
    Acknowledged(
        "Batch/Machine",
        "errors are logged; what became of each batch stands in the manifest beside the answers",
        ("SF1",),
    ),
    *(
        Acknowledged(
            shift,
            "what CodeDeploy itself keeps up to date, and its narrowest for functions",
            (f"IAM4{_CODEDEPLOY}",),
        )
        for shift in ("MlShift", "SiteShift")
    ),
)


def acknowledge(stack: "Stack") -> None:
    """Acknowledge all of them that the stack has the constructs of."""
    # Whoever only reads what is acknowledged need not start the CDK's Node.
    from aws_cdk import Acknowledgment, Validations  # noqa: PLC0415

    for known in ACKNOWLEDGED:
        construct = _below(stack, known.path)
        if construct is None:
            continue
        for rule in known.rules:
            found = (
                rule.format(region=stack.region, account=stack.account) if _MAP in rule else rule
            )
            Validations.of(construct).acknowledge(
                Acknowledgment(id=f"{_PACK}{found}", reason=known.reason)
            )


def _below(stack: "IConstruct", path: str) -> "IConstruct | None":
    found: IConstruct | None = stack
    for name in path.split("/"):
        found = found.node.try_find_child(name) if found is not None else None
    return found

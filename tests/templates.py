"""Templates of the infrastructure: read, searched, and with every reference filled in."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

__all__ = ["Resource", "Template"]

_ATTRIBUTES = {
    "Endpoint.Address": "host.example",
    "DBClusterResourceId": "cluster-ABC",
    "CidrBlock": "10.0.0.0/16",
}


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: its logical name, type, properties, and what else its template says of it."""

    name: str
    type: str
    properties: Mapping[str, Any]
    whole: Mapping[str, Any]


@dataclass(frozen=True)
class Template:
    """A template of CloudFormation, as it was written to a file."""

    file: Path

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """The whole document."""
        document: Mapping[str, Any] = json.loads(self.file.read_text())
        return document

    def all(self) -> list[Resource]:
        """Return every resource."""
        return [
            Resource(name, found["Type"], found.get("Properties", {}), found)
            for name, found in self.document["Resources"].items()
        ]

    def of(self, kind: str) -> list[Resource]:
        """Return the resources of a type, ``AWS::`` left out."""
        return [resource for resource in self.all() if resource.type == f"AWS::{kind}"]

    def one(self, kind: str) -> Resource:
        """Return the only resource of a type."""
        (found,) = self.of(kind)
        return found

    def statements(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield each statement of each role's policies, with the policy's name."""
        for resource in self.all():
            if resource.type in {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}:
                for statement in resource.properties["PolicyDocument"]["Statement"]:
                    yield resource.name, statement
            for policy in resource.properties.get("Policies", ()):
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield resource.name, statement

    def environments(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Yield the environment of each function and container, with references filled in."""
        for function in self.of("Lambda::Function"):
            variables = function.properties.get("Environment", {}).get("Variables", {})
            yield function.name, {name: text_of(value) for name, value in variables.items()}
        for task in self.of("ECS::TaskDefinition"):
            for container in task.properties["ContainerDefinitions"]:
                pairs = container.get("Environment", [])
                yield task.name, {pair["Name"]: text_of(pair["Value"]) for pair in pairs}


def text_of(value: Any) -> str:
    """Return a value as it could be once deployed: references become plausible names."""
    if not isinstance(value, dict):
        return str(value)
    ((function, argument),) = value.items()
    if function == "Fn::Join":
        return str(argument[0]).join(text_of(part) for part in argument[1])
    if function == "Fn::GetAtt":
        return _ATTRIBUTES.get(argument[1], f"{argument[0]}.{argument[1]}")
    if function == "Fn::ImportValue":
        return "imported-bucket"
    if function == "Ref":
        return str(argument).replace("AWS::Partition", "aws")
    raise ValueError(f"{function} is nothing that an environment should need")

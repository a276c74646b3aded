"""What others' rules say of the templates: cdk-nag, and CloudFormation's own by cfn-lint."""

import json
from pathlib import Path

import pytest
from cfnlint.api import lint_file

from infra.acknowledgements import ACKNOWLEDGED

HARMLESS = {
    "W3005",  # what CDK makes wait for what it names anyway
    "W3010",  # zones are named so that no look-up is needed; they are a setting
}


@pytest.fixture(scope="session")
def findings(assemblies: dict[str, Path]) -> list[dict[str, str]]:
    found = []
    for folder in assemblies.values():
        report = json.loads((folder / "validation-report.json").read_text())
        (nag,) = (r for r in report["pluginReports"] if r["pluginName"] == "AwsSolutions")
        assert nag["conclusion"] == "success"
        found += nag["suppressedViolations"]
    return found


def test_whatever_cdk_nag_finds_is_acknowledged_with_a_reason(
    findings: list[dict[str, str]],
) -> None:
    assert findings
    for finding in findings:
        assert len(finding["reason"].split()) >= 6, finding["ruleName"]


def test_nothing_is_acknowledged_that_is_not_found(findings: list[dict[str, str]]) -> None:
    found = {
        (finding["acknowledgedAt"].removeprefix("Fieldmark/"), finding["reason"])
        for finding in findings
    }

    assert {(known.path, known.reason) for known in ACKNOWLEDGED} <= found


def test_cloudformations_linter_finds_no_fault(assemblies: dict[str, Path]) -> None:
    files = [file for folder in assemblies.values() for file in folder.glob("*.template.json")]
    found = [match for file in files for match in lint_file(file)]

    assert len(files) == 2 * len(assemblies)
    assert {match.rule.id for match in found} <= HARMLESS, [str(match) for match in found]

"""The templates of both profiles, written once by the CDK for all tests."""

import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest

from infra import function_zip
from templates import Template

ROOT = Path(__file__).parents[2]
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

Profile = Literal["fargate", "lambda"]

EVERY_KNOB = {
    "profile": "fargate",
    "model": "africa.zip",
    "overrides": "overrides.csv",
    "domain": "animals.example.org",
    "certificate": "arn:aws:acm:us-east-1:123456789012:certificate/one",
    "origin_certificate": "arn:aws:acm:eu-west-1:123456789012:certificate/two",
    "start": "provisioned",
    "provisioned": "2",
    "night": "22:00",
    "morning": "5:30",
    "batch_schedule": "rate(1 day)",
    "alarm_email": "people@example.org",
    "rate_limit": "60/minute",
}


@pytest.fixture(scope="session")
def function_zips() -> dict[str, Path]:
    """Return the zips of both functions, for the Python that runs the tests."""
    built = ROOT / "build/functions"
    recipes = (function_zip.ML, function_zip.WEB)
    return {recipe.name: function_zip.build(recipe, PYTHON, built) for recipe in recipes}


@pytest.fixture(scope="session")
def assemblies(
    function_zips: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Return what the CDK writes for each profile; cdk-nag and its own rules stop it otherwise."""
    del function_zips
    deployments = {
        "fargate": {"profile": "fargate"},
        "lambda": {"profile": "lambda"},
        "every-knob": EVERY_KNOB,
    }
    out = {name: tmp_path_factory.mktemp(name) for name in deployments}
    running = {
        name: subprocess.Popen(
            [
                *(sys.executable, "-m", "infra", f"python={PYTHON}"),
                *(f"{name}={value}" for name, value in deployments[name].items()),
            ],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": "src", "CDK_OUTDIR": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for name, folder in out.items()
    }
    for process in running.values():
        said, _ = process.communicate(timeout=600)
        assert process.returncode == 0, said
        assert "end-of-life" not in said, "the Node that came as a wheel is not the one in use"
    return out


@pytest.fixture(params=["fargate", "lambda"])
def profile(request: pytest.FixtureRequest) -> Profile:
    """Return each profile in turn."""
    found: Profile = request.param
    return found


@pytest.fixture
def service(profile: Profile, assemblies: dict[str, Path]) -> Template:
    """Return the service's template, in each profile."""
    return Template(assemblies[profile] / "Fieldmark.template.json")


@pytest.fixture
def kept(assemblies: dict[str, Path]) -> Template:
    """Return the template of what stays, which is the same in both profiles."""
    return Template(assemblies["fargate"] / "FieldmarkKept.template.json")


@pytest.fixture
def everything(service: Template, kept: Template) -> list[Template]:
    """Return both stacks' templates."""
    return [service, kept]

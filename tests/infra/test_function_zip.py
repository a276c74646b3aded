import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cloud.lambda_double.function import Function
from cloud.lambda_double.running import lambda_double
from infra import function_zip
from toy_functions import invoked, lambda_client

ROOT = Path(__file__).parents[2]
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
MIB = 1024 * 1024

ALONE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import fieldmark
with fieldmark.open() as identifier:
    answer = identifier.identify(open(sys.argv[2], "rb").read())
from fieldmark.entrypoints import aws_lambda
import psycopg
print(json.dumps({
    "animal": answer.animals[0].taxon.scientific_name,
    "area": answer.area.status,
    "libpq": psycopg.pq.__impl__,
    "elsewhere": sorted(
        m.__file__ for m in list(sys.modules.values())
        if "site-packages" in (getattr(m, "__file__", None) or "")
    ),
}))
"""


@pytest.fixture(scope="session")
def unpacked(
    function_zips: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    folders = {name: tmp_path_factory.mktemp(name) for name in function_zips}
    for name, folder in folders.items():
        with zipfile.ZipFile(function_zips[name]) as zipped:
            zipped.extractall(folder)
    return folders


@pytest.mark.parametrize(("name", "most_mib"), [("function", 150), ("function-web", 180)])
def test_the_zip_is_no_larger_than_promised(
    function_zips: dict[str, Path], name: str, most_mib: int
) -> None:
    with zipfile.ZipFile(function_zips[name]) as zipped:
        size_bytes = sum(entry.file_size for entry in zipped.infolist())

    assert size_bytes <= most_mib * MIB


def test_the_zip_holds_nothing_that_depends_on_when_or_where_it_was_built(
    function_zips: dict[str, Path],
) -> None:
    for file in function_zips.values():
        with zipfile.ZipFile(file) as zipped:
            entries = zipped.infolist()
            names = [entry.filename for entry in entries]

            assert names == sorted(names)
            assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
            assert {entry.external_attr for entry in entries} == {0o100644 << 16}


def test_the_same_sources_make_the_same_bytes(
    function_zips: dict[str, Path], tmp_path: Path
) -> None:
    again = function_zip.build(function_zip.ML, PYTHON, tmp_path)

    assert again.name == function_zips["function"].name
    assert _digest(again) == _digest(function_zips["function"])


def test_lambdas_own_sdk_and_what_builds_are_not_in_it(unpacked: dict[str, Path]) -> None:
    tops = {path.name for path in unpacked["function"].iterdir()}

    assert not tops & {"boto3", "botocore", "litestar", "click", "ibis", "duckdb", "sympy"}
    assert not (unpacked["function"] / "fieldmark/atlas").exists()
    assert not (unpacked["function"] / "fieldmark/entrypoints/web").exists()


def test_every_module_is_compiled_and_trusted_as_it_is(unpacked: dict[str, Path]) -> None:
    for folder in unpacked.values():
        sources = [p for p in folder.rglob("*.py") if p.stem.isidentifier()]
        compiled = list(folder.rglob("*.pyc"))

        assert len(compiled) >= len(sources)
        # PEP 552: flags 0b01, a hash that is not looked at.
        assert {path.read_bytes()[4:8] for path in compiled} == {b"\1\0\0\0"}


def test_the_zip_alone_names_an_animal_and_loads_nothing_else(
    unpacked: dict[str, Path], tmp_path: Path
) -> None:
    photo = ROOT / "examples/photos/ring-tailed-lemur.jpg"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ALONE, str(unpacked["function"]), str(photo)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "animal": "Lemur catta",
        "area": "fallback",
        "libpq": "binary",
        "elsewhere": [],
    }


def test_the_template_names_the_zip_that_was_tried(
    assemblies: dict[str, Path], function_zips: dict[str, Path]
) -> None:
    for profile, names in (("fargate", ["function"]), ("lambda", ["function", "function-web"])):
        shipped = {_digest(file) for file in assemblies[profile].glob("asset.*.zip")}

        assert shipped == {_digest(function_zips[name]) for name in names}


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_the_websites_zip_answers_under_awss_own_runtime_client(
    unpacked: dict[str, Path], tmp_path: Path
) -> None:
    root = unpacked["function-web"]
    environment = {"FIELDMARK_METRICS": "emf", "FIELDMARK_JOURNAL": "off"}
    handler = "fieldmark.entrypoints.aws_lambda_web.handler"
    function = Function("web", handler, root, environment, log=tmp_path / "web.log", is_sealed=True)
    event = {
        "version": "2.0",
        "rawPath": "/",
        "headers": {"host": "site.example"},
        "requestContext": {"http": {"method": "GET", "path": "/", "sourceIp": "203.0.113.7"}},
    }

    with lambda_double([function]) as double, lambda_client(double.url, 1) as client:
        response = client.invoke(FunctionName="web", Payload=json.dumps(event))
        page = json.loads(invoked(response))

    assert not response.get("FunctionError"), page
    assert page["statusCode"] == 200
    assert "<title>" in page["body"]

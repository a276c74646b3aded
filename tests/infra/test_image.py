import fnmatch
import re
from pathlib import Path

import pytest
from cryptography import x509

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def copied() -> list[str]:
    lines = re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", DOCKERFILE)
    return [source for line in lines for source in line.split()]


def test_what_the_image_copies_is_there_and_is_sent_to_the_builder() -> None:
    sent = re.findall(r"(?m)^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"))

    assert copied()
    for source in copied():
        assert (ROOT / source).exists(), source
        assert any(source == path or fnmatch.fnmatch(source, f"{path}/*") for path in sent)


def test_the_asset_holds_what_the_builder_needs_and_no_more(assemblies: dict[str, Path]) -> None:
    (asset,) = (path for path in assemblies["fargate"].glob("asset.*") if path.is_dir())
    names = {path.name for path in asset.iterdir()}

    assert names == {
        *(".dockerignore", "Dockerfile", "LICENSE", "NOTICE", "README.md", "pyproject.toml"),
        *("examples", "infra", "requirements", "src"),
    }
    assert [path.name for path in (asset / "requirements").iterdir()] == ["image.txt"]
    assert not list(asset.rglob("__pycache__"))


def test_the_image_runs_as_nobody_and_starts_no_shell() -> None:
    last = DOCKERFILE.rsplit("\nFROM ", maxsplit=1)[-1]

    assert "USER 10001" in last
    assert 'ENTRYPOINT ["fieldmark"]' in last
    assert "--require-hashes" in DOCKERFILE
    assert "apt" not in DOCKERFILE


def test_the_command_of_the_image_is_one_that_fieldmark_knows() -> None:
    from fieldmark.entrypoints.cli.serve import command

    (words,) = re.findall(r"(?m)^CMD \[(.+)\]$", DOCKERFILE)
    name, *options = [word.strip('" ') for word in words.split(",")]
    parsed = command.make_context(name, options)

    assert name == "serve"
    assert parsed.params == {"host": "0.0.0.0", "port": 8000, "workers": 1}  # noqa: S104


def test_the_image_locks_what_the_website_and_the_publisher_need() -> None:
    lock = (ROOT / "requirements/image.txt").read_text(encoding="utf-8")
    locked = set(re.findall(r"(?m)^([a-z0-9-]+)==", lock))

    assert {"click", "litestar", "uvicorn", "boto3", "psycopg-binary", "alembic"} <= locked
    assert not locked & {"pytest", "aws-cdk-lib", "duckdb"}


@pytest.mark.parametrize("file", sorted((ROOT / "infra/certificates").glob("*.pem")), ids=str)
def test_the_roots_of_a_region_are_three_of_its_own_and_signed_by_themselves(file: Path) -> None:
    roots = x509.load_pem_x509_certificates(file.read_bytes())
    names = [root.subject.rfc4514_string() for root in roots]

    assert len(roots) == 3
    for root, name in zip(roots, names, strict=True):
        assert f"CN=Amazon RDS {file.stem} Root CA" in name
        root.verify_directly_issued_by(root)

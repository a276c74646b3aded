"""Documents are part of the change: what they name exists, and what exists is named."""

import re
import subprocess
from pathlib import Path

import pytest

from fieldmark.settings import NAMES

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md") for path in ROOT.glob(pattern)
)
LINK = re.compile(r"(?:\]\(|\bsrc(?:set)?=\")(?!https?:|#)([^)#\s\"]+)")
PICTURES_BYTES = 1_200_000
FORBIDDEN_HOSTS = tuple(".".join(parts) for parts in (
    ("pypi", "org"), ("files", "pythonhosted", "org"), ("registry", "npmjs", "org"),
    ("deb", "debian", "org"),
))  # fmt: skip


def tracked() -> list[Path]:
    run = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / line for line in run.stdout.splitlines()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_inside_the_project_leads_somewhere(document: Path) -> None:
    broken = [
        target
        for target in LINK.findall(document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]

    assert broken == []


def test_every_picture_of_the_website_is_shown_and_together_they_are_small() -> None:
    taken = set((ROOT / "docs/images").glob("site-*.webp"))

    shown = {
        (document.parent / target).resolve()
        for document in DOCUMENTS
        for target in LINK.findall(document.read_text(encoding="utf-8"))
    }

    assert taken
    assert taken - shown == set()
    assert sum(path.stat().st_size for path in taken) <= PICTURES_BYTES


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    documented = re.findall(
        r"^\| `(FIELDMARK_\w+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE
    )

    assert sorted(documented) == sorted(NAMES)


def test_every_decision_is_numbered_once_and_listed() -> None:
    records = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    numbers = [path.name[:4] for path in records]
    architecture = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")

    assert len(numbers) == len(set(numbers))
    assert [path.name for path in records if path.name not in architecture] == []
    for path in records:
        assert path.read_text(encoding="utf-8").startswith(f"# {int(path.name[:4])}. ")


def test_no_file_names_the_host_of_a_package_index() -> None:
    naming = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.is_file() and any(host.encode() in path.read_bytes() for host in FORBIDDEN_HOSTS)
    ]

    assert naming == []


def test_locks_pin_every_package_with_hashes() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        for requirement in lock.read_text().replace("\\\n", " ").splitlines():
            assert "==" in requirement, f"{lock.name}: {requirement}"
            assert "--hash=sha256:" in requirement, f"{lock.name}: {requirement}"


def test_the_locks_agree_on_versions() -> None:
    pins = {
        lock.stem: dict(re.findall(r"^([\w.-]+)==(\S+)", lock.read_text(), re.MULTILINE))
        for lock in (ROOT / "requirements").glob("*.txt")
    }

    for name, version in pins["run"].items():
        assert pins["test"].get(name, version) == version

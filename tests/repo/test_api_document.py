"""Every example of docs/api.md runs, and gives what stands there."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from litestar.routes import HTTPRoute

from fieldmark.entrypoints.web.api import routers
from fieldmark.settings import S3Place, Settings
from website import ROOT, Site, running

DOCUMENT = (ROOT / "docs/api.md").read_text(encoding="utf-8")
PRINTED_SITE = "http://127.0.0.1:8000"
ELSE = "…"
SCORES = {"score", "image_score", "not_an_animal"}
SCORES_DIFFER_BY = 0.02
BETWEEN = "--- next ---"
HANG_S = 60
PACKAGES = {"curl": "curl", "node": "nodejs"}

BLOCK = re.compile(
    r"(?:<!-- (?P<mark>every|with) (?P<what>\S+) -->\n)?"
    r"```(?P<language>console|python|js)\n(?P<code>.*?)```\n"
    r"(?:```text\n(?P<printed>.*?)```\n)?",
    re.DOTALL,
)


@dataclass(frozen=True)
class Example:
    """A block of code, the setting that its service needs, and what it prints."""

    line: int
    language: str
    code: str
    printed: str
    setting: str


def examples() -> Iterator[Example]:
    """Yield each example, those in Python and JavaScript behind the lines that all begin with."""
    preludes: dict[str, str] = {}
    for block in BLOCK.finditer(DOCUMENT):
        language, code = block["language"], block["code"]
        if block["mark"] == "every":
            preludes[language] = code
            continue
        line = DOCUMENT[: block.start("code")].count("\n")
        code = preludes.get(language, "") + code
        yield Example(line, language, code, block["printed"] or "", block["what"] or "")


EXAMPLES = list(examples())
CALLS = [
    (method, route.path)
    for router in routers()
    if router.path == "/v1"
    for route in router.routes
    if isinstance(route, HTTPRoute)
    for method in route.methods
    if method != "OPTIONS"
]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a service with no settings."""
    with running(tmp_path_factory.mktemp("api")) as site:
        yield site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder to run in, where the example photos are as in a checkout."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    return tmp_path


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda found: f"line-{found.line}")
def test_each_example_gives_what_the_document_shows(
    example: Example, plain: Site, folder: Path, request: pytest.FixtureRequest
) -> None:
    if not example.setting:
        give(example, plain.url, folder)
        return
    name, _, value = example.setting.partition("=")
    if value.startswith("s3://"):
        request.getfixturevalue("bucket").server.make(S3Place.parse(value).bucket)
    with running(folder, Settings.from_environment({name: value})) as site:
        give(example, site.url, folder)


def give(example: Example, url: str, folder: Path) -> None:
    code = example.code.replace(PRINTED_SITE, url)
    if example.language == "python":
        compare(example.printed, ran([sys.executable, "-"], code, folder))
    elif example.language == "js":
        compare(example.printed, ran([tool("node"), "--input-type=module", "-"], code, folder))
    else:
        tool("curl")
        commands, printed = session(code)
        script = f"\necho '{BETWEEN}'\n".join(commands)
        outputs = ran(["sh"], script, folder).split(f"{BETWEEN}\n")
        assert len(outputs) == len(printed)
        for shown, output in zip(printed, outputs, strict=True):
            compare(shown, output)


def session(code: str) -> tuple[list[str], list[str]]:
    """Return the commands of a console session, and what each printed."""
    commands: list[str] = []
    printed: list[str] = []
    for line in code.splitlines(keepends=True):
        if line.startswith("$ "):
            commands.append(line[2:].rstrip("\n"))
            printed.append("")
        else:
            printed[-1] += line
    return commands, printed


def ran(command: list[str], code: str, folder: Path) -> str:
    run = subprocess.run(
        command, input=code, cwd=folder, capture_output=True, text=True, timeout=HANG_S, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    return run.stdout


def tool(name: str) -> str:
    """Return the program; where it is missing, skip, but never on CI."""
    found = shutil.which(name)
    if found is None:
        reason = f"{name} is not installed; on Debian: apt-get install {PACKAGES[name]}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def compare(shown: str, printed: str) -> None:
    """Hold what was printed to what is shown, by the rules that the document states."""
    if shown.startswith("{"):
        difference = where_differ(json.loads(shown), json.loads(printed))
        assert difference is None, f"{difference}\n{printed}"
    else:
        lines = [line.rstrip() for line in printed.strip().splitlines()]
        assert re.fullmatch(pattern(shown.strip()), "".join(line + "\n" for line in lines)), printed


def pattern(shown: str) -> str:
    """Return the lines as an expression in which ``…`` stands for a part, or for other lines."""
    lines = [
        r"(?:.*\n)*?" if line == ELSE else re.escape(line).replace(ELSE, r"\S.*?") + r"\n"
        for line in shown.splitlines()
    ]
    return "".join(lines)


def where_differ(shown: Any, got: Any, at: str = "") -> str | None:
    """Return where and how JSON differs from what is shown of it, None where it does not."""
    if shown == ELSE and got not in (None, "", [], {}):
        return None
    if isinstance(shown, dict) and isinstance(got, dict):
        return differing_object(shown, got, at)
    if isinstance(shown, list) and isinstance(got, list):
        return differing_list(shown, got, at)
    if at.rpartition(".")[2] in SCORES and abs(shown - got) <= SCORES_DIFFER_BY:
        return None
    same = type(shown) is type(got) and shown == got
    return None if same else f"{at}: {shown!r} is shown and {got!r} came"


def differing_object(shown: dict[str, Any], got: dict[str, Any], at: str) -> str | None:
    named = [name for name in shown if name != ELSE]
    for name in named:
        if name not in got:
            return f"{at}.{name} is shown and did not come"
        found = where_differ(shown[name], got[name], f"{at}.{name}")
        if found is not None:
            return found
    more = sorted(set(got) - set(named))
    if (ELSE in shown) != bool(more):
        return f"{at}: {more or 'nothing more'} came beside what is shown"
    return None


def differing_list(shown: list[Any], got: list[Any], at: str) -> str | None:
    goes_on = len(shown) > 0 and shown[-1] == ELSE
    entries = shown[:-1] if goes_on else shown
    if len(got) <= len(entries) if goes_on else len(got) != len(entries):
        return f"{at}: {len(got)} entries came"
    for index, (entry, other) in enumerate(zip(entries, got, strict=False)):
        found = where_differ(entry, other, f"{at}.{index}")
        if found is not None:
            return found
    return None


def test_the_comparison_sees_what_is_other_than_shown() -> None:
    got = {"score": 0.9, "id": "x", "list": [1, 2, 3]}

    assert where_differ({"score": 0.91, "id": ELSE, "list": [1, ELSE]}, got) is None
    assert where_differ({"score": 0.91, ELSE: ELSE}, got) is None
    assert where_differ({"score": 0.95, ELSE: ELSE}, got) == ".score: 0.95 is shown and 0.9 came"
    assert where_differ({"score": 0.9, "id": "x"}, got) is not None
    assert where_differ({**got, ELSE: ELSE}, got) is not None
    assert where_differ({**got, "more": 1}, got) is not None
    assert where_differ({**got, "list": [1, 2, 3, ELSE]}, got) is not None
    assert where_differ({**got, "list": [1, 2]}, got) is not None
    assert re.fullmatch(pattern("a\n…\nb: …\n"), "a\nx\ny\nb: 1\n")
    assert not re.fullmatch(pattern("a\n…\nb: …\n"), "a\nx\nc: 1\n")


@pytest.mark.parametrize("language", ["console", "python", "js"])
def test_each_call_is_shown_in_each_language(language: str, plain: Site, folder: Path) -> None:
    before = len(plain.asked)
    for example in EXAMPLES:
        if example.language == language and not example.setting:
            give(example, plain.url, folder)

    asked = {(one.method, one.path) for one in plain.asked[before:]}
    never = [call for call in CALLS if not any(answers_to(call, *one) for one in asked)]
    assert never == []


def answers_to(call: tuple[str, str], method: str, path: str) -> bool:
    return call[0] == method and bool(
        re.fullmatch(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(call[1])), path)
    )


def test_each_problem_type_is_in_the_table() -> None:
    source = ROOT / "src/fieldmark/entrypoints"
    texts = "".join(
        (source / name).read_text(encoding="utf-8")
        for name in ("problems.py", "web/faults.py", "web/server/refusals.py")
    )
    types = set(re.findall(r'(?:_Kind|ProblemOut|_large)\(\s*"([a-z-]+)"', texts))

    table = set(re.findall(r"^\| `([a-z-]+)` \| \d{3} \|", DOCUMENT, re.MULTILINE))

    assert table == types

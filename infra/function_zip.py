"""A function's zip: locked wheels and our package, pruned, compiled, the same bytes each time.

Built by uv from the package index, without Docker. The SDK of AWS is not in it: Lambda's runtime
brings boto3, and Amazon updates it.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.settings import CERTIFICATES

__all__ = ["ML", "WEB", "Recipe", "build", "is_compiled"]

_ROOT: Final = Path(__file__).parents[1]
_PLATFORM: Final = "x86_64-manylinux_2_28"
"""Not arm64: ONNX Runtime aborts at import there (microsoft/onnxruntime#10038)."""
_MIB: Final = 1024 * 1024
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = 0o100644 << 16

_NEVER_USED: Final = (
    "bin/**/*",
    "**/*.pyi",
    "**/*.pyx",
    "**/*.pxd",
    "**/*.[ch]",
    "**/*.a",
    "**/tests/**/*",
    "**/__pycache__/**/*",
    "**/*.dist-info/RECORD",
    "**/*.dist-info/sboms/**/*",
    ".lock",
    # Builders of models and of Fortran; the first alone import sympy and onnx.
    "onnxruntime/tools/**/*",
    "onnxruntime/transformers/**/*",
    "onnxruntime/quantization/**/*",
    "onnxruntime/datasets/**/*",
    "onnxruntime/backend/**/*",
    "onnxruntime/ThirdPartyNotices.txt",
    "numpy/f2py/**/*",
    "numpy/distutils/**/*",
    # A second copy of the engine, for programs in C; Python's module holds its own.
    "onnxruntime/capi/libonnxruntime.so*",
    # Read by those builders only; the session itself is one shared object.
    "google/**/*",
    "flatbuffers/**/*",
    "packaging/**/*",
    "sympy/**/*",
    "mpmath/**/*",
    "PIL/ImageQt.py",
    "PIL/_imagingtk*",
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What goes into a zip: the wheels of a lock file, and our package less some of its parts.

    ``largest_bytes`` is unzipped. Lambda takes 250 MiB; what is smaller is loaded sooner.
    """

    name: str
    lock: Path
    left_out: tuple[str, ...]
    largest_bytes: int


ML: Final = Recipe(
    name="function",
    lock=_ROOT / "requirements/function.txt",
    left_out=(
        "fieldmark/atlas/**/*",
        "fieldmark/evaluate/**/*",
        "fieldmark/entrypoints/cli/**/*",
        "fieldmark/entrypoints/web/**/*",
        "fieldmark/bundles/places.sqlite",
        "fieldmark/examples/**/*",
    ),
    largest_bytes=150 * _MIB,
)
WEB: Final = Recipe(
    name="function-web",
    lock=_ROOT / "requirements/function-web.txt",
    left_out=(
        "fieldmark/atlas/**/*",
        "fieldmark/entrypoints/cli/**/*",
        "fieldmark/entrypoints/web/server/**/*",
        # The server's; API Gateway is the server here.
        "uvicorn/**/*",
        "uvloop/**/*",
        "httptools/**/*",
        "click/**/*",
        # What Litestar installs for its own command line and for making test data.
        "faker/**/*",
        "polyfactory/**/*",
        "pygments/**/*",
        "rich/**/*",
        "rich_click/**/*",
    ),
    largest_bytes=180 * _MIB,
)


def build(recipe: Recipe, python: str, into: Path) -> Path:
    """Return the zip for that version of Python, built unless the same one is there already.

    Raises:
        CalledProcessError: uv cannot have a wheel of the lock.
        ValueError: it is larger than what starts well.
    """
    compiler = _interpreter(python)
    zipped = into / f"{recipe.name}-{python}-{_key(recipe, python, compiler)}.zip"
    if not zipped.exists():
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="fieldmark-zip-") as folder:
            tree = Path(folder, "tree")
            _install(recipe.lock, python, tree)
            _add_ours(tree)
            _prune(tree, (*_NEVER_USED, *recipe.left_out))
            if compiler is not None:
                _compile(compiler, tree)
            _check_size(tree, recipe.largest_bytes)
            _write(tree, Path(folder, "done.zip"))
            shutil.move(Path(folder, "done.zip"), zipped)
    return zipped


def is_compiled(python: str) -> bool:
    """Return whether a Python of that version is here to compile with.

    Without one the function compiles all it imports at every cold start, since it cannot write.
    """
    return _interpreter(python) is not None


def _interpreter(python: str) -> Path | None:
    if python == f"{sys.version_info.major}.{sys.version_info.minor}":
        return Path(sys.executable)
    found = subprocess.run(
        [*_uv(), "python", "find", "--no-python-downloads", "--no-project", "--system", python],
        check=False,
        capture_output=True,
        text=True,
    )
    return Path(found.stdout.strip()) if found.returncode == 0 else None


def _uv() -> list[str]:
    return [sys.executable, "-m", "uv"]


def _key(recipe: Recipe, python: str, compiler: Path | None) -> str:
    digest = hashlib.sha256(f"{recipe} {python} {compiler is not None}".encode())
    for source in (Path(__file__), recipe.lock, *sorted(_ours())):
        digest.update(f"{source.relative_to(_ROOT)}\0".encode())
        digest.update(hashlib.sha256(source.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _ours() -> Iterator[Path]:
    for folder in (_ROOT / "src/fieldmark", _ROOT / "examples/photos", CERTIFICATES):
        yield from (path for path in folder.rglob("*") if _is_shipped(path))


def _is_shipped(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"


def _install(lock: Path, python: str, tree: Path) -> None:
    options = [
        *("--target", str(tree), "--link-mode", "copy"),
        *("--python-platform", _PLATFORM, "--python-version", python),
        *("--no-deps", "--only-binary", ":all:", "--require-hashes"),
    ]
    subprocess.run(
        [*_uv(), "pip", "install", "--quiet", *options, "--requirement", str(lock)],
        check=True,
    )


def _add_ours(tree: Path) -> None:
    for source in _ours():
        shutil.copyfile(source, _made(tree / _place(source)))
    _metadata(tree)


def _place(source: Path) -> Path:
    for folder, name in (
        (_ROOT / "src", ""),
        (_ROOT / "examples/photos", "fieldmark/examples"),
        (CERTIFICATES, "certificates"),
    ):
        if source.is_relative_to(folder):
            return Path(name, source.relative_to(folder))
    raise ValueError(f"{source} has no place in a zip")


def _made(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def _metadata(tree: Path) -> None:
    """Say our version where importlib.metadata looks for it."""
    version = re.search(r'(?m)^version = "(.+)"', (_ROOT / "pyproject.toml").read_text("utf-8"))
    number = version.group(1) if version else "0"
    metadata = f"Metadata-Version: 2.4\nName: fieldmark\nVersion: {number}\n"
    _made(tree / f"fieldmark-{number}.dist-info/METADATA").write_text(metadata, "utf-8")


def _prune(tree: Path, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        for path in list(tree.glob(pattern)):
            if path.is_file() or path.is_symlink():
                path.unlink()


def _compile(compiler: Path, tree: Path) -> None:
    """Compile all sources, in one process and order, trusted without a look at the source."""
    options = ("-s", str(tree), "-p", "/var/task", "--invalidation-mode", "unchecked-hash")
    subprocess.run(
        [str(compiler), "-I", "-m", "compileall", "-q", "-f", *options, str(tree)],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )


def _check_size(tree: Path, largest_bytes: int) -> None:
    size_bytes = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file())
    if size_bytes > largest_bytes:
        raise ValueError(f"the zip would be {size_bytes:,} bytes unzipped, over {largest_bytes:,}")


def _write(tree: Path, file: Path) -> None:
    """Write the zip: sorted, without times and owners, so that what is equal inside is equal."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as zipped:
        files = (path for path in tree.rglob("*") if path.is_file())
        for name in sorted(path.relative_to(tree).as_posix() for path in files):
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.external_attr = _MODE
            entry.compress_type = zipfile.ZIP_DEFLATED
            zipped.writestr(entry, (tree / name).read_bytes())

"""The code of the function: the unpacked zip of the template, or the checkout."""

import shutil
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

__all__ = ["FunctionCode"]

_ROOT: Final = Path(__file__).parents[1]
_BUILT: Final = _ROOT / "build/functions"


@dataclass(frozen=True, slots=True)
class FunctionCode:
    """Where it lies; ``is_sealed`` where it finds nothing but itself, as on Lambda."""

    root: Path
    is_sealed: bool

    @classmethod
    def of_source(cls) -> Self:
        """Return the checkout's own code, with whatever is installed beside it."""
        return cls(_ROOT / "src", is_sealed=False)

    @classmethod
    def of_template(cls) -> Self:
        """Return what the template deploys, built for the Python that runs here and unpacked."""
        from infra import function_zip  # noqa: PLC0415  # only who builds needs uv

        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        zipped = function_zip.build(function_zip.ML, python, _BUILT)
        unpacked = zipped.with_suffix("")
        if not unpacked.exists():
            with tempfile.TemporaryDirectory(dir=_BUILT) as folder:
                whole = Path(folder, "unpacked")
                with zipfile.ZipFile(zipped) as archive:
                    archive.extractall(whole)
                shutil.move(whole, unpacked)
        return cls(unpacked, is_sealed=True)

"""What ships with the package: a model, the starter atlas, the gazetteer and example photos."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fieldmark.ports import Gazetteer
from fieldmark.settings import Settings

__all__ = ["BUNDLES", "DEFAULT_MODEL", "PLACES", "STARTER_ATLAS", "examples", "gazetteer"]

_PACKAGE: Final = Path(__file__).parents[1]
BUNDLES: Final = _PACKAGE / "bundles"
DEFAULT_MODEL: Final = BUNDLES / "efficientnet-lite2-int8"
STARTER_ATLAS: Final = BUNDLES / "starter.sqlite"
PLACES: Final = BUNDLES / "places.sqlite"
_EXAMPLES: Final = (_PACKAGE / "examples", _PACKAGE.parents[1] / "examples/photos")
"""In the wheel, and in a checkout."""


def examples() -> Mapping[str, Path]:
    """Return the example photos by name, without the ending."""
    folder = next((folder for folder in _EXAMPLES if folder.is_dir()), None)
    return {path.stem: path for path in sorted(folder.glob("*.jpg"))} if folder else {}


def gazetteer(settings: Settings) -> Gazetteer:
    """Return the gazetteer that ships with the package; it is opened on first use."""
    del settings
    from fieldmark.adapters.sqlite_places import SqlitePlaces

    return SqlitePlaces(PLACES)

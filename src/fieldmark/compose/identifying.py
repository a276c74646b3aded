"""Photo to answer: the model, and who runs it."""

from pathlib import Path
from typing import Final

from fieldmark.adapters.bundle_names import read_names
from fieldmark.adapters.model_bundle import ModelCard, open_bundle, read_card
from fieldmark.adapters.onnx_classifier import OnnxClassifier
from fieldmark.compose.areas import area_store
from fieldmark.compose.bundled import BUNDLES, DEFAULT_MODEL
from fieldmark.compose.keeping import photo_limits, uploads
from fieldmark.domain.names import Names
from fieldmark.identify import LocalIdentifier
from fieldmark.ports import AreaStore, Classifier, Identifier, Observer, Uploads
from fieldmark.settings import S3Place, Settings
from fieldmark.telemetry import Silence

__all__ = [
    "classifier",
    "identifier",
    "local_identifier",
    "model_card",
    "model_path",
    "names",
]

_MODEL_THREADS: Final = 1
"""One thread for one photo: photos, not layers, are what runs side by side (decision 8)."""


def classifier(settings: Settings, threads: int = _MODEL_THREADS) -> Classifier:
    """Return the model of the settings, with so many threads for one photo.

    Raises:
        ModelBroken: it is missing or not what its manifest says.
    """
    return OnnxClassifier(open_bundle(model_path(settings)), threads)


def model_card(settings: Settings) -> ModelCard:
    """Return what the model of the settings says of itself, without opening it.

    Raises:
        ModelBroken: it is missing or not what its manifest says.
    """
    return read_card(model_path(settings))


def names(settings: Settings) -> Names:
    """Return the common names that the model of the settings brings.

    Raises:
        ModelBroken: it is missing, or they cannot be read.
    """
    return read_names(model_path(settings))


def identifier(
    settings: Settings,
    model: Classifier | None = None,
    areas: AreaStore | None = None,
    observer: Observer | None = None,
    laid_down: Uploads | None = None,
) -> Identifier:
    """Return who identifies photos by the settings: this process, or a function elsewhere.

    Parts that are handed in are used in place of the settings'; a function brings its own.

    Raises:
        ModelBroken: the model is missing or not what its manifest says.
    """
    if settings.ml is None:
        return local_identifier(settings, model, areas, observer, laid_down)
    from fieldmark.adapters.lambda_identifier import LambdaIdentifier

    return LambdaIdentifier(
        settings.ml,
        uploads=laid_down or uploads(settings, observer),
        observer=observer or Silence(),
        concurrency=settings.concurrency,
    )


def local_identifier(
    settings: Settings,
    model: Classifier | None = None,
    areas: AreaStore | None = None,
    observer: Observer | None = None,
    laid_down: Uploads | None = None,
) -> LocalIdentifier:
    """Return the pipeline in this process, whatever the settings say of a function.

    Raises:
        ModelBroken: the model is missing or not what its manifest says.
    """
    heard_by = observer or Silence()
    return LocalIdentifier(
        model or classifier(settings),
        areas or area_store(settings, heard_by),
        photo_limits(settings),
        heard_by,
        laid_down or uploads(settings, heard_by),
    )


def model_path(settings: Settings) -> Path:
    """Return the bundle of the settings: the default, one of the package, a path, a copy from S3.

    Raises:
        ModelBroken: it lies in S3 and cannot be had from there.
    """
    if settings.model is None:
        return DEFAULT_MODEL
    if settings.model.startswith("s3://"):
        return _copy(S3Place.parse(settings.model), settings)
    named = BUNDLES / settings.model
    return named if "/" not in settings.model and named.is_dir() else Path(settings.model)


def _copy(place: S3Place, settings: Settings) -> Path:
    from fieldmark.adapters.s3_bucket import S3Bucket
    from fieldmark.adapters.s3_model import fetched_bundle

    bucket, key = S3Bucket(place.bucket), place.prefix.rstrip("/")
    return fetched_bundle(bucket, key, settings.cache_folder / "models")

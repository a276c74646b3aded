"""Settings → running parts: the only file that picks adapters."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fieldmark.adapters.cached_areas import CachedAreas
from fieldmark.adapters.memory_cache import MemoryCache
from fieldmark.adapters.model_bundle import ModelCard, open_bundle, read_card
from fieldmark.adapters.onnx_classifier import OnnxClassifier
from fieldmark.errors import ExtraMissing, SettingInvalid
from fieldmark.identify import LocalIdentifier
from fieldmark.photo.limits import PhotoLimits
from fieldmark.ports import (
    AreaStore,
    BlobStore,
    Classifier,
    Gazetteer,
    Identifier,
    Journal,
    Objects,
    Observer,
    Uploads,
)
from fieldmark.settings import DatabaseUrl, S3Place, Settings
from fieldmark.telemetry import Everyone, Silence
from fieldmark.telemetry.json_log import JsonLog

if TYPE_CHECKING:
    from fieldmark.adapters.postgres_address import PostgresAddress
    from fieldmark.keeping import Keeper

__all__ = [
    "BUNDLES",
    "DEFAULT_MODEL",
    "PLACES",
    "STARTER_ATLAS",
    "area_store",
    "atlas",
    "blobs",
    "classifier",
    "database_address",
    "examples",
    "function_observer",
    "gazetteer",
    "hurried_areas",
    "identifier",
    "journal",
    "keeper",
    "local_identifier",
    "model_card",
    "objects",
    "observer",
    "uploads",
]

BUNDLES: Final = Path(__file__).parent / "bundles"
DEFAULT_MODEL: Final = BUNDLES / "efficientnet-lite2-int8"
STARTER_ATLAS: Final = BUNDLES / "starter.sqlite"
PLACES: Final = BUNDLES / "places.sqlite"
_EXAMPLES: Final = (
    Path(__file__).parent / "examples",
    Path(__file__).parents[2] / "examples/photos",
)
"""In the wheel, and in a checkout."""


_CACHE_BYTES: Final = 32 * 1024 * 1024
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


def atlas(settings: Settings, *, held: bool = True) -> AreaStore:
    """Return the atlas of the settings without a cache before it; it is opened on first use.

    ``held`` says whether connections to a database may be held for some seconds after a read.
    """
    match settings.atlas:
        case DatabaseUrl() as url:
            from fieldmark.adapters.postgres_access import HeldAWhile, OpenQueryClose
            from fieldmark.adapters.postgres_areas import PostgresAreas

            address = database_address(settings, url)
            access = HeldAWhile(address) if held else OpenQueryClose(address)
            return PostgresAreas(access, str(address))
        case Path() | None as file:
            from fieldmark.adapters.sqlite_areas import SqliteAreas

            return SqliteAreas(file or STARTER_ATLAS)


def database_address(settings: Settings, url: DatabaseUrl) -> "PostgresAddress":
    """Return where a database is and who asks."""
    from fieldmark.adapters.postgres_address import PostgresAddress

    if settings.db_auth == "iam":
        raise SettingInvalid("FIELDMARK_DB_AUTH is iam; this version knows password")
    return PostgresAddress(url.text)


def area_store(settings: Settings) -> AreaStore:
    """Return the atlas of the settings behind the cache."""
    return CachedAreas(atlas(settings), MemoryCache(_CACHE_BYTES))


def hurried_areas(settings: Settings, left_s: Callable[[], float], least_s: float) -> AreaStore:
    """Return the atlas behind the cache for who has so many seconds left; see HurriedAreas."""
    from fieldmark.adapters.hurried_areas import HurriedAreas

    return HurriedAreas(area_store(settings), left_s, least_s)


def identifier(
    settings: Settings,
    model: Classifier | None = None,
    areas: AreaStore | None = None,
    observer: Observer | None = None,
) -> Identifier:
    """Return who identifies photos by the settings: this process, or a function elsewhere.

    Parts that are handed in are used in place of the settings'; a function brings its own.

    Raises:
        ModelBroken: the model is missing or not what its manifest says.
    """
    if settings.ml is None:
        return local_identifier(settings, model, areas, observer)
    from fieldmark.adapters.lambda_identifier import LambdaIdentifier

    return LambdaIdentifier(
        settings.ml,
        uploads=uploads(settings),
        observer=observer or Silence(),
        concurrency=settings.concurrency,
    )


def local_identifier(
    settings: Settings,
    model: Classifier | None = None,
    areas: AreaStore | None = None,
    observer: Observer | None = None,
) -> LocalIdentifier:
    """Return the pipeline in this process, whatever the settings say of a function.

    Raises:
        ModelBroken: the model is missing or not what its manifest says.
    """
    return LocalIdentifier(
        model or classifier(settings),
        areas or area_store(settings),
        photo_limits(settings),
        observer or Silence(),
        uploads(settings),
    )


def uploads(settings: Settings) -> Uploads | None:
    """Return where photos lie on their way, None where the settings name no place."""
    if settings.uploads is None:
        return None
    raise SettingInvalid(f"FIELDMARK_UPLOADS is {settings.uploads}; this version has no uploads")


def objects() -> Objects:
    """Return the objects that events name; the store is asked when the first one is."""
    from fieldmark.adapters.s3_objects import S3Objects

    return S3Objects()


def journal(settings: Settings) -> Journal | None:
    """Return the journal of the settings, None where it is off; it is opened on first use."""
    match settings.journal:
        case None:
            return None
        case Path() as file:
            from fieldmark.adapters.sqlite_journal import SqliteJournal

            return SqliteJournal(file)
        case S3Place() as place:
            raise SettingInvalid(f"FIELDMARK_JOURNAL is {place}; name a file or off")


def blobs(settings: Settings) -> BlobStore:
    """Return where photos are kept, also where no more are: those that are there must go."""
    match settings.blobs:
        case Path() as folder:
            from fieldmark.adapters.folder_blobs import FolderBlobs

            return FolderBlobs(folder)
        case S3Place() as place:
            raise SettingInvalid(f"FIELDMARK_BLOBS is {place}; name a folder")


def keeper(settings: Settings) -> "Keeper | None":
    """Return what keeps answers and feedback, None where the journal is off."""
    from fieldmark.keeping import Keeper

    kept = journal(settings)
    if kept is None:
        return None
    return Keeper(
        kept,
        blobs(settings),
        photo_limits(settings),
        settings.retention_days,
        keep_photos=settings.keep_photos,
    )


def observer(settings: Settings, metrics: Observer) -> Observer:
    """Return who hears of a service's events: the metrics, the log and, where set, a collector.

    Raises:
        ExtraMissing: traces are to be sent and OpenTelemetry is not installed.
    """
    log = _log(settings, "web")
    heard_by: list[Observer] = [metrics, log]
    if settings.traces:
        try:
            from fieldmark.telemetry.tracing import Tracing
        except ImportError as error:
            raise ExtraMissing(
                "OTEL_EXPORTER_OTLP_ENDPOINT is set and traces need an extra: "
                "pip install 'fieldmark[otel]'"
            ) from error
        heard_by.append(Tracing())
    return Everyone(heard_by)


def function_observer(settings: Settings) -> Observer:
    """Return who hears of a function's events: its log, which tells the metrics where so set."""
    return _log(settings, "ml")


def _log(settings: Settings, service: str) -> Observer:
    if settings.metrics != "emf":
        return JsonLog()
    from fieldmark.telemetry.emf import Emf

    return Emf(service)


def photo_limits(settings: Settings) -> PhotoLimits:
    """Return how large a photo may be."""
    return PhotoLimits(max_bytes=settings.max_photo_bytes, max_pixels=settings.max_photo_pixels)


def examples() -> Mapping[str, Path]:
    """Return the example photos by name, without the ending."""
    folder = next((folder for folder in _EXAMPLES if folder.is_dir()), None)
    return {path.stem: path for path in sorted(folder.glob("*.jpg"))} if folder else {}


def gazetteer(settings: Settings) -> Gazetteer:
    """Return the gazetteer that ships with the package; it is opened on first use."""
    from fieldmark.adapters.sqlite_places import SqlitePlaces

    del settings
    return SqlitePlaces(PLACES)


def model_path(settings: Settings) -> Path:
    """Return the bundle of the settings: a path, the name of one in the package, or the default."""
    if settings.model is None:
        return DEFAULT_MODEL
    named = BUNDLES / settings.model
    return named if "/" not in settings.model and named.is_dir() else Path(settings.model)

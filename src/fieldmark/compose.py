"""Settings → running parts: the only file that picks adapters."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from fieldmark.adapters.bounded_areas import BoundedAreas
from fieldmark.adapters.cached_areas import CachedAreas
from fieldmark.adapters.circuit_breaker import CircuitBreaker, GuardedCache
from fieldmark.adapters.folder_blobs import FolderBlobs
from fieldmark.adapters.hurried_areas import HurriedAreas
from fieldmark.adapters.memory_cache import MemoryCache
from fieldmark.adapters.model_bundle import ModelCard, open_bundle, read_card
from fieldmark.adapters.onnx_classifier import OnnxClassifier
from fieldmark.adapters.postgres_access import HeldAWhile, OpenQueryClose
from fieldmark.adapters.postgres_address import PostgresAddress
from fieldmark.adapters.postgres_areas import PostgresAreas
from fieldmark.adapters.s3_blobs import S3Blobs
from fieldmark.adapters.s3_bucket import S3Bucket
from fieldmark.adapters.s3_journal import S3Journal
from fieldmark.adapters.s3_objects import S3Objects
from fieldmark.adapters.s3_uploads import S3Uploads
from fieldmark.adapters.shared_areas import SharedAreas
from fieldmark.adapters.sqlite_areas import SqliteAreas
from fieldmark.adapters.sqlite_journal import SqliteJournal
from fieldmark.adapters.sqlite_places import SqlitePlaces
from fieldmark.errors import ExtraMissing, SettingInvalid
from fieldmark.identify import LocalIdentifier
from fieldmark.keeping import Keeper
from fieldmark.photo.limits import PhotoLimits
from fieldmark.ports import (
    AreaStore,
    BlobStore,
    Cache,
    Classifier,
    Gazetteer,
    Identifier,
    Journal,
    Objects,
    Observer,
    Uploads,
)
from fieldmark.settings import CacheUrl, DatabaseUrl, S3Place, Settings
from fieldmark.telemetry import Everyone, Silence
from fieldmark.telemetry.emf import Emf
from fieldmark.telemetry.json_log import JsonLog

__all__ = [
    "BUNDLES",
    "DEFAULT_MODEL",
    "PLACES",
    "STARTER_ATLAS",
    "area_store",
    "atlas",
    "blobs",
    "cache",
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
    "tiered",
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
            address = database_address(settings, url)
            access = HeldAWhile(address) if held else OpenQueryClose(address)
            return PostgresAreas(access, str(address))
        case Path() | None as file:
            return SqliteAreas(file or STARTER_ATLAS)


def database_address(settings: Settings, url: DatabaseUrl) -> PostgresAddress:
    """Return where a database is and who asks."""
    if settings.db_auth == "iam":
        raise SettingInvalid("FIELDMARK_DB_AUTH is iam; this version knows password")
    return PostgresAddress(url.text)


def area_store(
    settings: Settings, observer: Observer | None = None, *, held: bool = True
) -> AreaStore:
    """Return the atlas of the settings behind the caches of the settings.

    A file stands behind the memory of this process; a database also behind a bound and, where one
    is set, the cache that processes share. ``held`` as for ``atlas``.
    """
    heard_by = observer or Silence()
    store = atlas(settings, held=held)
    if isinstance(settings.atlas, DatabaseUrl) or settings.cache is not None:
        store = tiered(store, cache(settings, heard_by), settings.db_reads, heard_by)
    return CachedAreas(store, MemoryCache(_CACHE_BYTES), heard_by)


def tiered(store: AreaStore, shared: Cache | None, reads: int, observer: Observer) -> AreaStore:
    """Return a store behind a bound of so many reads at once and, where there is one, a cache."""
    bounded = BoundedAreas(store, reads, observer)
    return bounded if shared is None else SharedAreas(bounded, shared, observer)


def cache(settings: Settings, observer: Observer | None = None) -> Cache | None:
    """Return the cache that processes share, behind its breaker; None where there is none.

    Nothing is connected yet. The observer hears when the breaker opens and closes.

    Raises:
        SettingInvalid: the address cannot serve.
        ExtraMissing: it is to be opened with a role of AWS, and nothing here can find one.
    """
    if settings.cache is None:
        return None
    from fieldmark.adapters.valkey_cache import (  # noqa: PLC0415  # imports sockets and TLS
        Address,
        Node,
        ValkeyCache,
    )

    url = settings.cache
    password = _cache_token(url, settings.aws_region) if settings.cache_auth == "iam" else None
    if url.password is not None and password is None:
        password = partial(str, url.password)
    address = Address(Node(url.host, url.port), url.tls, url.ca, url.user, password)
    return GuardedCache(ValkeyCache(address), CircuitBreaker("the shared cache", None, observer))


def _cache_token(url: CacheUrl, region: str | None) -> Callable[[], str]:
    """Return what makes the passwords of a cache that believes roles of AWS."""
    from fieldmark.adapters import iam_tokens  # noqa: PLC0415  # few need it

    if not url.tls or url.user is None or url.password is not None or region is None:
        raise SettingInvalid(
            "FIELDMARK_CACHE_AUTH is iam; then FIELDMARK_CACHE is valkeys://user@host, without a "
            "password, and AWS_REGION says where it is"
        )
    try:
        name, serverless = iam_tokens.CacheName.of_host(url.host)
    except ValueError as error:
        raise SettingInvalid(f"FIELDMARK_CACHE_AUTH is iam; FIELDMARK_CACHE: {error}") from error
    iam_tokens.require_signer()
    return iam_tokens.KeptToken(
        lambda: iam_tokens.cache_token(url.user or "", name, region, serverless=serverless)
    )


def hurried_areas(
    settings: Settings, left_s: Callable[[], float], least_s: float, observer: Observer
) -> AreaStore:
    """Return the atlas behind the caches for who has so many seconds left; see HurriedAreas.

    Between requests such a process stands still, so it holds no connection to a database.
    """
    return HurriedAreas(area_store(settings, observer, held=False), left_s, least_s)


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
    from fieldmark.adapters.lambda_identifier import LambdaIdentifier  # noqa: PLC0415  # an extra

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
    heard_by = observer or Silence()
    return LocalIdentifier(
        model or classifier(settings),
        areas or area_store(settings, heard_by),
        photo_limits(settings),
        heard_by,
        uploads(settings),
    )


def objects() -> Objects:
    """Return the objects that events name; the store is asked when the first one is."""
    return S3Objects()


def journal(settings: Settings) -> Journal | None:
    """Return the journal of the settings, None where it is off; it is opened on first use.

    Raises:
        ExtraMissing: it lies in S3 and there is no client of S3.
    """
    match settings.journal:
        case None:
            return None
        case Path() as file:
            return SqliteJournal(file)
        case S3Place() as place:
            return S3Journal(_bucket(place))


def blobs(settings: Settings) -> BlobStore:
    """Return where photos are kept, also where no more are: those that are there must go.

    Raises:
        ExtraMissing: they lie in S3 and there is no client of S3.
    """
    match settings.blobs:
        case Path() as folder:
            return FolderBlobs(folder)
        case S3Place() as place:
            return S3Blobs(_bucket(place))


def uploads(settings: Settings) -> Uploads | None:
    """Return where photos lie on their way, None where the settings name no place.

    Raises:
        ExtraMissing: there is no client of S3.
    """
    if settings.uploads is None:
        return None
    return S3Uploads(_bucket(settings.uploads), settings.max_photo_bytes)


def keeper(settings: Settings) -> Keeper | None:
    """Return what keeps answers and feedback, None where the journal is off."""
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
    log = Emf("web") if settings.metrics == "emf" else JsonLog()
    heard_by: list[Observer] = [metrics, log]
    if settings.traces:
        try:
            from fieldmark.telemetry.tracing import Tracing  # noqa: PLC0415  # an extra
        except ImportError as error:
            raise ExtraMissing(
                "OTEL_EXPORTER_OTLP_ENDPOINT is set and traces need an extra: "
                "pip install 'fieldmark[otel]'"
            ) from error
        heard_by.append(Tracing())
    return Everyone(heard_by)


def function_observer(settings: Settings) -> Observer:
    """Return who hears of a function's events: its log, which tells the metrics where so set."""
    return Emf("ml") if settings.metrics == "emf" else JsonLog()


def photo_limits(settings: Settings) -> PhotoLimits:
    """Return how large a photo may be."""
    return PhotoLimits(max_bytes=settings.max_photo_bytes, max_pixels=settings.max_photo_pixels)


def examples() -> Mapping[str, Path]:
    """Return the example photos by name, without the ending."""
    folder = next((folder for folder in _EXAMPLES if folder.is_dir()), None)
    return {path.stem: path for path in sorted(folder.glob("*.jpg"))} if folder else {}


def gazetteer(settings: Settings) -> Gazetteer:
    """Return the gazetteer that ships with the package; it is opened on first use."""
    del settings
    return SqlitePlaces(PLACES)


def model_path(settings: Settings) -> Path:
    """Return the bundle of the settings: a path, the name of one in the package, or the default."""
    if settings.model is None:
        return DEFAULT_MODEL
    named = BUNDLES / settings.model
    return named if "/" not in settings.model and named.is_dir() else Path(settings.model)


def _bucket(place: S3Place) -> S3Bucket:
    return S3Bucket(place.bucket, place.prefix)

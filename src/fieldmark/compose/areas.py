"""The features of areas: where the atlas is, and the caches before it."""

from collections.abc import Callable
from contextlib import closing
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fieldmark.adapters.cached_areas import CachedAreas
from fieldmark.adapters.memory_cache import MemoryCache
from fieldmark.compose.bundled import STARTER_ATLAS
from fieldmark.errors import ExtraMissing, SettingInvalid
from fieldmark.ports import AreaStore, Cache, Observer
from fieldmark.settings import CacheUrl, DatabaseUrl, Settings
from fieldmark.telemetry import Silence

if TYPE_CHECKING:
    from fieldmark.adapters.live_overrides import LiveOverrides
    from fieldmark.adapters.postgres_address import PostgresAddress
    from fieldmark.adapters.postgres_session import Session
    from fieldmark.adapters.valkey_cache import Address

__all__ = [
    "announcement",
    "area_store",
    "atlas",
    "cache",
    "database_address",
    "database_sessions",
    "hurried_areas",
    "live_overrides",
    "patient_areas",
    "tiered",
]

_CACHE_BYTES: Final = 32 * 1024 * 1024
_ANNOUNCING_S: Final = 5.0
"""Nobody waits for a photo's answer here, and an announcement that fails must be made again."""


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
            return PostgresAreas(access)
        case Path() | None as file:
            from fieldmark.adapters.sqlite_areas import SqliteAreas

            return SqliteAreas(file or STARTER_ATLAS)


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
    return _overridden(settings, CachedAreas(store, MemoryCache(_CACHE_BYTES), heard_by), heard_by)


def live_overrides(settings: Settings, observer: Observer | None = None) -> "LiveOverrides | None":
    """Return the overrides that hold without a rebuild, None where the settings name none.

    Raises:
        ExtraMissing: they lie in S3 and there is no client of S3.
    """
    if settings.overrides is None:
        return None
    from fieldmark.adapters.live_overrides import LiveOverrides
    from fieldmark.adapters.override_files import OverrideFile, OverrideObject

    heard_by = observer or Silence()
    if isinstance(settings.overrides, Path):
        return LiveOverrides(OverrideFile(settings.overrides), heard_by)
    from fieldmark.adapters.s3_bucket import S3Bucket

    bucket = S3Bucket(settings.overrides.bucket, "", heard_by)
    return LiveOverrides(OverrideObject(bucket, settings.overrides.prefix.rstrip("/")), heard_by)


def _overridden(settings: Settings, store: AreaStore, observer: Observer) -> AreaStore:
    overrides = live_overrides(settings, observer)
    if overrides is None:
        return store
    from fieldmark.adapters.overridden_areas import OverriddenAreas

    return OverriddenAreas(store, overrides)


def hurried_areas(
    settings: Settings, left_s: Callable[[], float], least_s: float, observer: Observer
) -> AreaStore:
    """Return the atlas behind the caches for who has so many seconds left; see HurriedAreas.

    Between requests such a process stands still, so it holds no connection to a database.
    """
    from fieldmark.adapters.hurried_areas import HurriedAreas

    return HurriedAreas(area_store(settings, observer, held=False), left_s, least_s)


def tiered(store: AreaStore, shared: Cache | None, reads: int, observer: Observer) -> AreaStore:
    """Return a store behind a bound of so many reads at once and, where there is one, a cache."""
    from fieldmark.adapters.bounded_areas import BoundedAreas
    from fieldmark.adapters.shared_areas import SharedAreas

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
    from fieldmark.adapters.circuit_breaker import CircuitBreaker, GuardedCache
    from fieldmark.adapters.valkey_cache import ValkeyCache

    shared = ValkeyCache(_cache_address(settings, settings.cache))
    return GuardedCache(shared, CircuitBreaker("valkey", None, observer))


def _cache_address(settings: Settings, url: CacheUrl) -> "Address":
    from fieldmark.adapters.valkey_cache import Address, Node

    password = _cache_token(url, settings.aws_region) if settings.cache_auth == "iam" else None
    if url.password is not None and password is None:
        password = partial(str, url.password)
    return Address(Node(url.host, url.port), url.tls, url.ca, url.user, password)


def announcement(settings: Settings) -> Callable[[str], None]:
    """Return what tells all readers that a release is in use, by its name, and takes its time.

    Without a cache that processes share there is nobody to tell: readers look by themselves.
    """
    from fieldmark.adapters.shared_release import announce
    from fieldmark.adapters.valkey_cache import ValkeyCache

    def tell(name: str) -> None:
        if settings.cache is not None:
            address = _cache_address(settings, settings.cache)
            with closing(ValkeyCache(address, _ANNOUNCING_S)) as shared:
                announce(shared, name)

    return tell


def patient_areas(settings: Settings, url: DatabaseUrl) -> AreaStore:
    """Return the atlas of a database for whoever would rather wait than do without it."""
    from fieldmark.adapters.postgres_access import OpenQueryClose
    from fieldmark.adapters.postgres_areas import PostgresAreas
    from fieldmark.adapters.postgres_session import PATIENT

    address = database_address(settings, url)
    return PostgresAreas(OpenQueryClose(address, PATIENT))


def database_sessions(settings: Settings, url: DatabaseUrl) -> "Callable[[], Session]":
    """Return what opens connections to a database for long work."""
    from fieldmark.adapters.postgres_session import open_session

    address = database_address(settings, url)
    return lambda: open_session(address)


def database_address(settings: Settings, url: DatabaseUrl) -> "PostgresAddress":
    """Return where a database is and who asks.

    Raises:
        ExtraMissing: the client of the database is not installed.
        SettingInvalid: it believes roles of AWS, and the address or the region is missing.
    """
    from fieldmark.adapters.postgres_address import PostgresAddress

    if find_spec("psycopg") is None:
        raise ExtraMissing("a database needs an extra: pip install 'fieldmark[aws]'")
    token = _database_token(url, settings.aws_region) if settings.db_auth == "iam" else None
    return PostgresAddress(url.text, f"{url.host}:{url.port}/{url.database}", token)


def _database_token(url: DatabaseUrl, region: str | None) -> Callable[[], str]:
    """Return what makes the passwords of a database that believes roles of AWS."""
    from fieldmark.adapters import iam_tokens

    if not url.user or region is None:
        raise SettingInvalid(
            "FIELDMARK_DB_AUTH is iam; then FIELDMARK_ATLAS is postgresql://user@host/database, "
            "and AWS_REGION says where it is"
        )
    iam_tokens.require_signer()
    return iam_tokens.KeptToken(
        lambda: iam_tokens.database_token(url.host, url.port, url.user, region)
    )


def _cache_token(url: CacheUrl, region: str | None) -> Callable[[], str]:
    """Return what makes the passwords of a cache that believes roles of AWS."""
    from fieldmark.adapters import iam_tokens

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

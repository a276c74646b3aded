"""What each part is told by its environment: the ``FIELDMARK_*`` names of docs/settings.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aws_cdk import aws_s3 as s3

from infra.buckets import ANSWERS, MODELS, OVERRIDES, PHOTOS, UPLOADS
from infra.cache import Cache
from infra.database import Database
from infra.database_users import PUBLISHER, READER
from infra.settings import TASK_READS, Settings

__all__ = ["Places", "function_environment", "publisher_environment", "site_environment"]

_CALLS_PER_TASK: Final = "24"
"""Photos at once: a task waits for the function, and has a quarter of a core for the rest."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where things lie."""

    database: Database
    cache: Cache
    journal: s3.IBucket
    releases: s3.IBucket
    photos: s3.IBucket
    uploads: s3.IBucket


def function_environment(places: Places, settings: Settings, roots: str) -> Mapping[str, str]:
    """Return the environment of the ML function."""
    return _said(
        {
            **_areas(places, roots),
            "FIELDMARK_DB_READS": "1",
            "FIELDMARK_UPLOADS": f"s3://{places.uploads.bucket_name}/{UPLOADS}",
            "FIELDMARK_JOURNAL": "off",
            "FIELDMARK_METRICS": "emf",
            "FIELDMARK_MODEL": _model(places, settings),
            "FIELDMARK_OVERRIDES": _overrides(places, settings),
        }
    )


def site_environment(
    places: Places, settings: Settings, roots: str, ml: str | None, proxies: str
) -> Mapping[str, str]:
    """Return the environment of the website; ``ml`` is None where it identifies photos itself."""
    is_remote = ml is not None
    return _said(
        {
            **_areas(places, roots),
            "FIELDMARK_DB_READS": str(TASK_READS if is_remote else 1),
            "FIELDMARK_ML": f"lambda:{ml}" if is_remote else "local",
            "FIELDMARK_CONCURRENCY": _CALLS_PER_TASK if is_remote else "1",
            "FIELDMARK_UPLOADS": f"s3://{places.uploads.bucket_name}/{UPLOADS}",
            "FIELDMARK_JOURNAL": f"s3://{places.journal.bucket_name}/{ANSWERS}",
            "FIELDMARK_BLOBS": f"s3://{places.photos.bucket_name}/{PHOTOS}",
            "FIELDMARK_RETENTION_DAYS": str(settings.journal_days),
            "FIELDMARK_METRICS": "emf",
            "FIELDMARK_MODEL": _model(places, settings),
            "FIELDMARK_OVERRIDES": _overrides(places, settings),
            "FIELDMARK_API_KEYS": settings.api_keys,
            "FIELDMARK_RATE_LIMIT": settings.rate_limit,
            "FIELDMARK_TRUSTED_PROXIES": proxies,
        }
    )


def publisher_environment(places: Places, roots: str) -> Mapping[str, str]:
    """Return the environment of the task that publishes releases."""
    return {
        **_areas(places, roots),
        "FIELDMARK_ATLAS": places.database.url(PUBLISHER, roots),
        "FIELDMARK_JOURNAL": "off",
    }


def _areas(places: Places, roots: str) -> Mapping[str, str]:
    return {
        "FIELDMARK_ATLAS": places.database.url(READER, roots),
        "FIELDMARK_DB_AUTH": "iam",
        "FIELDMARK_CACHE": places.cache.url,
        "FIELDMARK_CACHE_AUTH": "iam",
    }


def _model(places: Places, settings: Settings) -> str:
    is_laid_down = settings.model.endswith(".zip")
    bucket = places.releases.bucket_name
    return f"s3://{bucket}/{MODELS}{settings.model}" if is_laid_down else settings.model


def _overrides(places: Places, settings: Settings) -> str:
    bucket = places.releases.bucket_name
    return f"s3://{bucket}/{OVERRIDES}{settings.overrides}" if settings.overrides else ""


def _said(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Leave out what has nothing to say, so that the default holds."""
    return {name: value for name, value in environment.items() if value}

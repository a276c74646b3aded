"""What is kept: answers, feedback and photos, and photos on their way."""

from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.photo.limits import PhotoLimits
from fieldmark.ports import BlobStore, Journal, Objects, Observer, Uploads
from fieldmark.settings import S3Place, Settings
from fieldmark.telemetry import Silence

if TYPE_CHECKING:
    from fieldmark.adapters.s3_bucket import S3Bucket
    from fieldmark.keeping import Keeper

__all__ = ["blobs", "journal", "keeper", "objects", "photo_limits", "uploads"]


def keeper(settings: Settings, observer: Observer | None = None) -> "Keeper | None":
    """Return what keeps answers and feedback, None where the journal is off.

    ``observer`` hears of answers that the journal did not take: without one they are lost.
    """
    from fieldmark.keeping import Keeper

    kept = journal(settings, observer)
    if kept is None:
        return None
    return Keeper(
        kept,
        blobs(settings, observer),
        photo_limits(settings),
        settings.retention_days,
        observer or Silence(),
        keep_photos=settings.keep_photos,
    )


def journal(settings: Settings, observer: Observer | None = None) -> Journal | None:
    """Return the journal of the settings, None where it is off; it is opened on first use.

    Raises:
        ExtraMissing: it lies in S3 and there is no client of S3.
    """
    match settings.journal:
        case None:
            return None
        case Path() as file:
            from fieldmark.adapters.sqlite_journal import SqliteJournal

            return SqliteJournal(file)
        case S3Place() as place:
            from fieldmark.adapters.s3_journal import S3Journal

            return S3Journal(_bucket(place, observer))


def blobs(settings: Settings, observer: Observer | None = None) -> BlobStore:
    """Return where photos are kept, also where no more are: those that are there must go.

    Raises:
        ExtraMissing: they lie in S3 and there is no client of S3.
    """
    match settings.blobs:
        case Path() as folder:
            from fieldmark.adapters.folder_blobs import FolderBlobs

            return FolderBlobs(folder)
        case S3Place() as place:
            from fieldmark.adapters.s3_blobs import S3Blobs

            return S3Blobs(_bucket(place, observer))


def uploads(settings: Settings, observer: Observer | None = None) -> Uploads | None:
    """Return where photos lie on their way, None where the settings name no place.

    Raises:
        ExtraMissing: there is no client of S3.
    """
    if settings.uploads is None:
        return None
    from fieldmark.adapters.s3_uploads import S3Uploads

    return S3Uploads(_bucket(settings.uploads, observer), settings.max_photo_bytes)


def objects() -> Objects:
    """Return the objects that events name; the store is asked when the first one is."""
    from fieldmark.adapters.s3_objects import S3Objects

    return S3Objects()


def photo_limits(settings: Settings) -> PhotoLimits:
    """Return how large a photo may be."""
    return PhotoLimits(max_bytes=settings.max_photo_bytes, max_pixels=settings.max_photo_pixels)


def _bucket(place: S3Place, observer: Observer | None = None) -> "S3Bucket":
    from fieldmark.adapters.s3_bucket import S3Bucket

    return S3Bucket(place.bucket, place.prefix, observer)

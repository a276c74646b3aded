"""A model bundle that lies in S3: fetched when it is new, and kept on this machine."""

import fcntl
import hashlib
import logging
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fieldmark.adapters.model_bundle import open_bundle
from fieldmark.adapters.private_files import make_private_folder
from fieldmark.adapters.s3_bucket import S3Bucket, TooLarge
from fieldmark.errors import ModelBroken, Unavailable

__all__ = ["MOST_BYTES", "fetched_bundle"]

MOST_BYTES: Final = 1200 * 1024 * 1024
_PARTIAL: Final = ".partial-"
_VERSION: Final = ".version"
_LOCK: Final = ".lock"
_HASH_DIGITS: Final = 16


def fetched_bundle(bucket: S3Bucket, key: str, folder: Path) -> Path:
    """Return the zip file of the bundle as it is in S3 now; without S3 the copy that is here.

    Several processes that start at once fetch it once. A copy gets its name when it is whole and is
    what its manifest says.

    Args:
        bucket: where it lies.
        key: what it is called there.
        folder: where copies are kept; it is made where it is missing.

    Raises:
        ModelBroken: there is none, it is no bundle, or it can be neither fetched nor kept.
        StoreRefused: the bucket is not there, or is not for us.
    """
    url = f"{bucket}{key}"
    home = folder / hashlib.sha256(url.encode()).hexdigest()[:_HASH_DIGITS]
    path = home / (re.sub(r"[^\w.\-]", "_", key.rpartition("/")[2], flags=re.ASCII).lstrip("."))
    try:
        with _alone(home):
            _refresh(bucket, key, path)
    except Unavailable as error:
        if not path.is_file():
            raise ModelBroken(f"{url} cannot be fetched, and no copy is here: {error}") from error
        logging.getLogger("fieldmark").warning("%s; its copy %s serves", error, path)
    except KeyError:
        raise ModelBroken(f"{url}: there is no such object; lay the bundle down there") from None
    except TooLarge as error:
        raise ModelBroken(f"{url} has {error}; a bundle has at most {MOST_BYTES:,}") from error
    except OSError as error:
        raise ModelBroken(
            f"{url} cannot be kept in {home} ({error.strerror or error}); "
            "let XDG_CACHE_HOME name a folder with room"
        ) from error
    return path


def _refresh(bucket: S3Bucket, key: str, path: Path) -> None:
    """Fetch the bundle unless this version is here."""
    said = path.parent / _VERSION
    known = said.read_text(encoding="utf-8") if path.is_file() and said.is_file() else None
    with _partial(path.parent) as partial:
        with partial.open("wb") as file:
            version = bucket.download(key, file, MOST_BYTES, known)
            file.flush()
            os.fsync(file.fileno())
        if version is None:
            return
        open_bundle(partial)
        partial.replace(path)
    # After the bundle: who is stopped between fetches it again.
    with _partial(path.parent) as partial:
        partial.write_text(version, encoding="utf-8")
        partial.replace(said)


@contextmanager
def _partial(home: Path) -> Iterator[Path]:
    """Yield an empty file; what is not renamed goes."""
    handle, name = tempfile.mkstemp(prefix=_PARTIAL, dir=home)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Keep other processes out of the folder, and take away what killed ones left."""
    make_private_folder(home)
    with (home / _LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in home.glob(f"{_PARTIAL}*"):
            leftover.unlink(missing_ok=True)
        yield

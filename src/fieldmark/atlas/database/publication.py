"""Publishing a release to a database: load beside, check, flip the pointer, announce.

Whoever dies in the middle leaves the old release serving; the next run removes what it left.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from psycopg import Connection, Error, OperationalError

from fieldmark.atlas.account import ACCOUNT_KEY
from fieldmark.atlas.database import pointer
from fieldmark.atlas.database.loading import Loaded, Progress, digest_of, load
from fieldmark.atlas.database.readers import admit, open_to_readers
from fieldmark.atlas.database.schema import migrate
from fieldmark.atlas.release_file import ReleaseFile
from fieldmark.atlas_format import release_of
from fieldmark.atlas_format.database import schema_of
from fieldmark.errors import CheckFailed, FieldmarkError, SetupError, Unavailable
from fieldmark.ports import AreaStore

__all__ = ["Announce", "Database", "Published", "publish", "roll_back"]

Announce = Callable[[str], None]
"""Tells readers the name of the release in use; raises ``Unavailable`` where nobody listens."""

GRACE_S: Final = 600.0
"""How long a release stays that was in use: ten times as long as readers go by an old pointer."""

_RUNS: Final = 0x4649454C44
"""The advisory lock of publishing runs, one at a time in each database."""


@dataclass(frozen=True, slots=True)
class Database:
    """Where releases go.

    ``connect`` opens a connection that commits each statement; ``store`` reads as readers do, with
    more patience; ``shown`` names the database, without a secret.
    """

    connect: Callable[[], Connection]
    store: AreaStore
    announce: Announce
    shown: str


@dataclass(frozen=True, slots=True)
class Reader:
    """A role that is to read; ``iam`` where it shows a token of AWS instead of a password."""

    role: str
    iam: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """What came of it: ``loaded`` is None where the release stood there already."""

    name: str
    was: str | None
    loaded: Loaded | None
    swept: int
    dropped: Sequence[str]


def publish(
    path: Path,
    database: Database,
    reader: Reader | None = None,
    progress: Progress = lambda *_: None,
    grace_s: float = GRACE_S,
) -> Published:
    """Put the release of a file to use.

    Raises:
        AtlasBroken: the file is no release, or the database is of a version not known here.
        CheckFailed: a release of that name holds something else, or what arrived is not what was
            sent; what served before serves on.
        Unavailable: the database did not answer, another run is at work, or the release serves but
            could not be announced.
    """
    with ReleaseFile(path) as file, _alone(database) as connection:
        migrate(connection)
        if reader is not None:
            admit(connection, reader.role, iam=reader.iam)
        swept = pointer.sweep(connection)
        said = {key: text for key, text in file.said().items() if key != ACCOUNT_KEY}
        was = pointer.pointer(connection).current
        known = np.array([row[0] for row in file.taxa()], dtype="<i4")
        name = release_of(said, known).name
        loaded = _loaded(connection, file, name, progress)
        open_to_readers(connection, schema_of(name))
        if loaded is None:
            pointer.reuse(connection, name)
        else:
            _read_back(database.store, name, loaded)
            pointer.flip(connection, said, known.tobytes(), loaded)
        dropped = pointer.drop_left(connection, grace_s)
    _announce(database, name)
    return Published(name, was, loaded, swept, dropped)


def roll_back(database: Database) -> pointer.Pointer:
    """Put the release to use that was before; waits for no run of publishing.

    Raises:
        CheckFailed: there is none before.
        Unavailable: the database did not answer, or the release serves but could not be announced.
    """
    with _translated(database.shown), contextlib.closing(database.connect()) as connection:
        migrate(connection)
        now = pointer.flip_back(connection)
    _announce(database, str(now.current))
    return now


@contextlib.contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    with _translated(database.shown), contextlib.closing(database.connect()) as connection:
        ((free,),) = connection.execute("SELECT pg_try_advisory_lock(%s)", (_RUNS,)).fetchall()
        if not free:
            raise Unavailable(
                f"another run is publishing to {database.shown}; try again when it has ended"
            )
        yield connection


@contextlib.contextmanager
def _translated(shown: str) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise Unavailable(f"database {shown} went away: {_line(error)}") from error
    except Error as error:
        raise SetupError(f"database {shown} says: {_line(error)}") from error


def _loaded(
    connection: Connection, file: ReleaseFile, name: str, progress: Progress
) -> Loaded | None:
    """Load the release unless it stands there already; None where it does."""
    known = pointer.digest_known(connection, name)
    if known is not None:
        digest, stands = known
        if digest != digest_of(file):
            raise CheckFailed(
                f"release {name} was published before and held something else; releases never "
                "change: build it under another name"
            )
        if stands:
            return None
    return load(connection, schema_of(name), file, progress)


def _read_back(store: AreaStore, name: str, loaded: Loaded) -> None:
    """Read some records as readers do."""
    found = store.areas(list(loaded.sample), name).records
    if dict(found) != loaded.sample:
        raise CheckFailed(f"release {name} is read back with other records than it was loaded with")


def _announce(database: Database, name: str) -> None:
    try:
        database.announce(name)
    except FieldmarkError as error:
        raise Unavailable(
            f"release {name} is in use, but could not be announced ({error}); readers that go by "
            "an old pointer follow when it expires; publish again to announce it"
        ) from error


def _line(error: Error) -> str:
    return " ".join(str(error).split())

"""The features of areas in a release file: SQLite, opened once, read only, never changed."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import numpy as np

from fieldmark.atlas_format import (
    APPLICATION_ID,
    FORMAT_VERSION,
    family_of,
    records_of,
    release_of,
    taxa_of,
    unpack_range,
)
from fieldmark.domain.area import Release
from fieldmark.domain.taxon import Ancestor, Rank, Taxon
from fieldmark.errors import AtlasBroken, ReleaseGone
from fieldmark.ports import FoundAreas

__all__ = ["SqliteAreas"]

_REMEDY: Final = "point FIELDMARK_ATLAS at another release, or build one: fieldmark atlas build"
# A JSON list is one parameter: one statement for any number of keys, as PostgreSQL's = ANY(array).
_FAMILIES: Final = """
    SELECT parent, packed FROM family WHERE parent IN (SELECT value FROM json_each(?))"""
_DICTIONARY: Final = "SELECT packed FROM dictionary"
_TAXA: Final = """
    SELECT id, scientific_name, common_name, rank, lineage FROM taxon
    WHERE id IN (SELECT value FROM json_each(?))"""
_RANGE: Final = "SELECT packed FROM range WHERE taxon IN (SELECT value FROM json_each(?))"


class SqliteAreas:
    """A ports.AreaStore over one release file.

    The file is opened on first use and held until ``close``. It is opened as immutable: SQLite
    takes no lock on it, and a file that is replaced by another goes unnoticed until then. Threads
    share one connection behind a lock: connections of their own were no faster (decision 0002).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._release: Release | None = None
        self._ancestors: dict[int, Ancestor] | None = None
        self._dictionary = b""

    def release(self) -> Release:
        """See ports.AreaStore."""
        if self._release is None:
            known = np.array([row[0] for row in self._rows("SELECT id FROM taxon ORDER BY id")])
            said = dict(self._rows("SELECT key, value FROM release"))
            self._release = release_of(said, known.astype(np.int32))
        return self._release

    def areas(self, cells: Sequence[int], release: str | None = None) -> FoundAreas:
        """See ports.AreaStore."""
        self._require(release)
        families = dict(self._rows(_FAMILIES, list({family_of(cell)[0] for cell in cells})))
        return FoundAreas(records_of(cells, families, self._dictionary), tier="database")

    def taxa(self, taxon_ids: Iterable[int], release: str | None = None) -> Mapping[int, Taxon]:
        """See ports.AreaStore."""
        self._require(release)
        if self._ancestors is None:
            rows = self._rows("SELECT id, scientific_name, common_name, rank FROM ancestor")
            self._ancestors = {
                id_: Ancestor(id_, name, common, Rank.parse(rank))
                for id_, name, common, rank in rows
            }
        return taxa_of(self._rows(_TAXA, list(taxon_ids)), self._ancestors)

    def range_of(self, taxon_id: int, release: str | None = None) -> Mapping[int, int] | None:
        """See ports.AreaStore."""
        self._require(release)
        rows = self._rows(_RANGE, [taxon_id])
        return unpack_range(rows[0][0]) if rows else None

    def close(self) -> None:
        """See ports.AreaStore."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _require(self, release: str | None) -> None:
        if release is not None and release != self.release().name:
            raise ReleaseGone(f"atlas {self._path} holds no release {release}")

    def _rows(self, sql: str, keys: Sequence[int] | None = None) -> list[Any]:
        parameters = () if keys is None else (json.dumps(keys),)
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = _open(self._path)
                    ((self._dictionary,),) = self._connection.execute(_DICTIONARY)
                return self._connection.execute(sql, parameters).fetchall()
            except sqlite3.Error as error:
                raise AtlasBroken(
                    f"atlas {self._path} cannot be read ({error}); {_REMEDY}"
                ) from error


def _open(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise AtlasBroken(f"there is no atlas file {path}; {_REMEDY}")
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1",
        uri=True,
        check_same_thread=False,
    )
    try:
        _require_release(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _require_release(connection: sqlite3.Connection, path: Path) -> None:
    ((application,),) = connection.execute("PRAGMA application_id")
    if application != APPLICATION_ID:
        raise AtlasBroken(f"{path} is a SQLite file but no atlas release; {_REMEDY}")
    ((version,),) = connection.execute("PRAGMA user_version")
    if version != FORMAT_VERSION:
        raise AtlasBroken(
            f"atlas {path} is of format version {version}, this program reads {FORMAT_VERSION}; "
            "build it again from its sources: fieldmark atlas build"
        )

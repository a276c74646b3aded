"""Places by name in a gazetteer file: SQLite, opened once, read only, never changed."""

import json
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from fieldmark.adapters.place_names import fold
from fieldmark.errors import GazetteerBroken
from fieldmark.ports import Place

__all__ = ["APPLICATION_ID", "FORMAT_VERSION", "SqlitePlaces"]

APPLICATION_ID: Final = 0x464D504C
"""FMPL in the SQLite header: Fieldmark places."""
FORMAT_VERSION: Final = 1

_REMEDY: Final = "install Fieldmark again, or build the file: python gazetteer/build.py"
_MOST_LETTERS: Final = 100
_FEWEST_LETTERS: Final = 2
_CANDIDATES: Final = 2_000
"""How many places of one name beginning are looked through for one that lies somewhere."""
_LAST: Final = "\U0010ffff"
# Whole names first (odd levels), then names and telling words (above 1), then the rest. Ids are
# given by rank, so this index alone says which are best. A place may come several times: to group
# by it takes three times as long.
_FIND: Final = """
    SELECT place FROM term WHERE text >= :text AND text < :after
    ORDER BY (text = :text) * (level & 1) DESC, level > 1 DESC, place LIMIT :limit"""
_PLACES: Final = """
    SELECT place.name, kind.text, within.text, latitude / 1000.0, longitude / 1000.0,
           radius_km * 1000.0
    FROM json_each(:ids) AS wanted
    JOIN place ON place.id = wanted.value
    JOIN kind ON kind.id = place.kind
    JOIN within ON within.id = place.within
    ORDER BY wanted.key"""


class SqlitePlaces:
    """A ports.Gazetteer over one file, held open from its first use until ``close``.

    It is opened as immutable, as an atlas is. Threads share one connection behind a lock.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def find(self, text: str, limit: int) -> Sequence[Place]:
        """See ports.Gazetteer."""
        if len(text) > _MOST_LETTERS or limit < 1:
            return ()
        name, _, where = (fold(part) for part in text.partition(","))
        if len(name.replace(" ", "")) < _FEWEST_LETTERS:
            return ()
        found = self._named(name, _CANDIDATES if where else min(limit, _CANDIDATES))
        return [place for place in found if where in fold(place.within)][:limit]

    def close(self) -> None:
        """See ports.Gazetteer."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _named(self, name: str, limit: int) -> list[Place]:
        ids = self._rows(_FIND, {"text": name, "after": name + _LAST, "limit": 8 * limit})
        rows = self._rows(
            _PLACES, {"ids": json.dumps(list(dict.fromkeys(id_ for (id_,) in ids))[:limit])}
        )
        return [Place(*row) for row in rows]

    def _rows(self, sql: str, parameters: dict[str, object]) -> list[Any]:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = _open(self._path)
                return self._connection.execute(sql, parameters).fetchall()
            except sqlite3.Error as error:
                raise GazetteerBroken(
                    f"gazetteer {self._path} cannot be read ({error}); {_REMEDY}"
                ) from error


def _open(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise GazetteerBroken(f"there is no gazetteer file {path}; {_REMEDY}")
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1",
        uri=True,
        check_same_thread=False,
    )
    try:
        _require_gazetteer(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _require_gazetteer(connection: sqlite3.Connection, path: Path) -> None:
    ((application,),) = connection.execute("PRAGMA application_id")
    ((version,),) = connection.execute("PRAGMA user_version")
    if (application, version) != (APPLICATION_ID, FORMAT_VERSION):
        raise GazetteerBroken(
            f"{path} is a SQLite file but no gazetteer of format version {FORMAT_VERSION}; "
            f"{_REMEDY}"
        )

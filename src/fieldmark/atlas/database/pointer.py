"""Which release is in use, which was before, and what became of the others."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from psycopg import Connection, errors, sql

from fieldmark.atlas.database.loading import Loaded
from fieldmark.atlas_format import FORMAT_VERSION
from fieldmark.atlas_format.database import PREFIX, schema_of
from fieldmark.errors import CheckFailed

__all__ = ["Pointer", "digest_known", "drop_left", "flip", "flip_back", "pointer", "sweep"]

_LOCK_TIMEOUT: Final = "5s"


@dataclass(frozen=True, slots=True)
class Pointer:
    """The names of the release in use and of the one before it, None where there is none."""

    current: str | None
    previous: str | None


def pointer(connection: Connection) -> Pointer:
    """Return where the pointer stands."""
    rows = connection.execute("SELECT current, previous FROM fieldmark.pointer").fetchall()
    return Pointer(*rows[0])


def digest_known(connection: Connection, name: str) -> tuple[bytes, bool] | None:
    """Return the digest of the release that had this name, and whether its rows still stand.

    None where the name was never published.
    """
    row = connection.execute(
        "SELECT digest, dropped_at IS NULL FROM fieldmark.release WHERE name = %s", (name,)
    ).fetchone()
    return None if row is None else (bytes(row[0]), bool(row[1]))


def flip(connection: Connection, said: Mapping[str, str], known: bytes, loaded: Loaded) -> None:
    """Put a release that stands loaded to use, the one that was in use becoming the previous."""
    name = said["name"]
    with connection.transaction():
        connection.execute(
            """INSERT INTO fieldmark.release
                (name, format, said, known, families, size_bytes, digest)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (name) DO UPDATE SET loaded_at = now(), dropped_at = NULL""",
            (
                name,
                FORMAT_VERSION,
                json.dumps(dict(said), ensure_ascii=False),
                known,
                loaded.families,
                loaded.size_bytes,
                loaded.digest,
            ),
        )
        _point_at(connection, name)


def reuse(connection: Connection, name: str) -> None:
    """Put a release to use that was loaded before."""
    with connection.transaction():
        _point_at(connection, name)


def flip_back(connection: Connection) -> Pointer:
    """Put the previous release to use again, and return where the pointer stands then.

    Raises:
        CheckFailed: there is no previous one.
    """
    with connection.transaction():
        rows = connection.execute(
            "SELECT previous FROM fieldmark.pointer WHERE previous IS NOT NULL FOR UPDATE"
        ).fetchall()
        if not rows:
            raise CheckFailed("there is no release before the one in use: nothing to go back to")
        _point_at(connection, rows[0][0])
        return pointer(connection)


def _point_at(connection: Connection, name: str) -> None:
    connection.execute(
        """UPDATE fieldmark.release SET left_at = now()
        WHERE name = (SELECT current FROM fieldmark.pointer FOR UPDATE)"""
    )
    connection.execute("UPDATE fieldmark.release SET left_at = NULL WHERE name = %s", (name,))
    connection.execute(
        """UPDATE fieldmark.pointer SET previous = current, current = %s, flipped_at = now()
        WHERE current IS DISTINCT FROM %s""",
        (name, name),
    )


def drop_left(connection: Connection, grace_s: float) -> list[str]:
    """Drop releases that are neither in use nor the previous one, and return their names.

    Readers may go by a pointer that is a little old, so what was in use a moment ago stays. What a
    reader holds locked is left for the next time.
    """
    rows = connection.execute(
        """SELECT release.name FROM fieldmark.release, fieldmark.pointer
        WHERE dropped_at IS NULL AND left_at < now() - make_interval(secs => %s)
            AND release.name IS DISTINCT FROM current AND release.name IS DISTINCT FROM previous
        ORDER BY left_at""",
        (grace_s,),
    ).fetchall()
    return [name for (name,) in rows if _drop(connection, name)]


def _drop(connection: Connection, name: str) -> bool:
    try:
        with connection.transaction():
            # Nobody may go back to it meanwhile.
            where = connection.execute(
                "SELECT current, previous FROM fieldmark.pointer FOR UPDATE"
            ).fetchall()
            if name in where[0]:
                return False
            connection.execute(
                "UPDATE fieldmark.release SET dropped_at = now() WHERE name = %s", (name,)
            )
            _drop_schema(connection, schema_of(name))
    except errors.LockNotAvailable:
        return False
    return True


def sweep(connection: Connection) -> int:
    """Drop what killed runs left, schemas that no release owns; return how many there were."""
    rows = connection.execute(
        "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", (PREFIX,)
    ).fetchall()
    names = connection.execute(
        "SELECT name FROM fieldmark.release WHERE dropped_at IS NULL"
    ).fetchall()
    left = {schema for (schema,) in rows} - {schema_of(name) for (name,) in names}
    for schema in left:
        with connection.transaction():
            _drop_schema(connection, schema)
    return len(left)


def _drop_schema(connection: Connection, schema: str) -> None:
    connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(_LOCK_TIMEOUT)))
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))

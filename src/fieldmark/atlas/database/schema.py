"""The version of the schema ``fieldmark``, and how a database is brought to it."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from psycopg import Connection

from fieldmark.atlas_format.database import SCHEMA_VERSION
from fieldmark.errors import AtlasBroken

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

__all__ = ["MIGRATIONS", "VERSION_TABLE", "migrate", "versions"]

MIGRATIONS: Final = Path(__file__).parents[1] / "migrations"
VERSION_TABLE: Final = "schema_version"


def migrate(connection: Connection, to: str = SCHEMA_VERSION, folder: Path = MIGRATIONS) -> None:
    """Bring the database to a version of the schema; a database that is there is left alone.

    Raises:
        AtlasBroken: it is of a version that this program does not know.
    """
    found = version_of(connection)
    if found == to:
        return
    if found is not None and found not in versions(folder):
        raise AtlasBroken(
            f"the database is of schema version {found}, this program knows versions up to {to}; "
            "publish with the newer program"
        )
    connection.execute("CREATE SCHEMA IF NOT EXISTS fieldmark")
    _upgrade(connection, to, folder)


def version_of(connection: Connection) -> str | None:
    """Return the version of the database's schema, None where there is none yet."""
    ((table,),) = connection.execute("SELECT to_regclass('fieldmark.schema_version')").fetchall()
    if table is None:
        return None
    row = connection.execute("SELECT version_num FROM fieldmark.schema_version").fetchone()
    return str(row[0]) if row else None


def versions(folder: Path = MIGRATIONS) -> list[str]:
    """Return the versions that there are migrations to, the newest first."""
    return [script.revision for script in _scripts(folder).walk_revisions()]


def _scripts(folder: Path) -> "ScriptDirectory":
    from alembic.script import ScriptDirectory  # noqa: PLC0415  # most runs find nothing to do

    return ScriptDirectory(str(folder))


def _upgrade(connection: Connection, to: str, folder: Path) -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from sqlalchemy import create_engine  # noqa: PLC0415
    from sqlalchemy.pool import StaticPool  # noqa: PLC0415

    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: connection, poolclass=StaticPool
    )
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    connection.autocommit = False
    try:
        with engine.connect() as shared:
            config.attributes["connection"] = shared
            command.upgrade(config, to)
            shared.commit()
    finally:
        connection.rollback()
        connection.autocommit = True

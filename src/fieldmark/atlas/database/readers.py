"""The roles that may read releases, and do nothing else."""

from psycopg import Connection, sql

__all__ = ["admit", "open_to_readers", "readers"]


def admit(connection: Connection, role: str, *, iam: bool) -> None:
    """Let a role read, and make it where there is none; it may log in, without a password.

    With ``iam`` it shows a token of AWS instead of a password, where the server knows such.
    """
    name = sql.Identifier(role)
    if not _exists(connection, role):
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
    if iam and _exists(connection, "rds_iam"):
        connection.execute(sql.SQL("GRANT rds_iam TO {}").format(name))
    _open(connection, "fieldmark", role)


def readers(connection: Connection) -> list[str]:
    """Return the roles that were admitted."""
    rows = connection.execute(
        """SELECT DISTINCT pg_get_userbyid(acl.grantee)
        FROM pg_class, aclexplode(relacl) AS acl
        WHERE oid = 'fieldmark.pointer'::regclass AND acl.privilege_type = 'SELECT'
            AND acl.grantee NOT IN (0, relowner)
        ORDER BY 1"""
    ).fetchall()
    return [name for (name,) in rows]


def open_to_readers(connection: Connection, schema: str) -> None:
    """Let every role that was admitted read a release too."""
    for role in readers(connection):
        _open(connection, schema, role)


def _exists(connection: Connection, role: str) -> bool:
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    return found is not None


def _open(connection: Connection, schema: str, role: str) -> None:
    to = {"schema": sql.Identifier(schema), "role": sql.Identifier(role)}
    for grant in (
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}",
    ):
        connection.execute(sql.SQL(grant).format(**to))

"""Version 1: which releases there are, and which one is in use."""

from alembic import op

revision = "1"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; the pointer has one row, that points nowhere yet."""
    op.execute("""
        CREATE TABLE fieldmark.release (
            name text PRIMARY KEY,
            format integer NOT NULL,
            said json NOT NULL,
            known bytea NOT NULL,
            families bigint NOT NULL,
            size_bytes bigint NOT NULL,
            digest bytea NOT NULL,
            loaded_at timestamptz NOT NULL DEFAULT now(),
            left_at timestamptz,
            dropped_at timestamptz)""")
    op.execute("""
        CREATE TABLE fieldmark.pointer (
            one boolean PRIMARY KEY DEFAULT true CHECK (one),
            current text REFERENCES fieldmark.release,
            previous text REFERENCES fieldmark.release CHECK (previous <> current),
            flipped_at timestamptz)""")
    op.execute("INSERT INTO fieldmark.pointer DEFAULT VALUES")

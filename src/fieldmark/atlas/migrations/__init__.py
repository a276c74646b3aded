"""The versions of the schema ``fieldmark``, one module each; Alembic runs them."""

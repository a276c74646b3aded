"""What Alembic runs: the migrations, over the connection that it is handed."""

from alembic import context

from fieldmark.atlas.database.schema import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    version_table_schema="fieldmark",
)
with context.begin_transaction():
    context.run_migrations()

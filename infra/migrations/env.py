"""Alembic runs inside ``shared.db.migrate``, which hands over its connection."""

from alembic import context

from shared.db.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=Base.metadata, compare_type=True, transaction_per_migration=True
)
with context.begin_transaction():
    context.run_migrations()

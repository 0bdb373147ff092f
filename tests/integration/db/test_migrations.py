import asyncio

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from shared.db import migrate, schema


def test_the_migrations_make_exactly_the_tables_of_the_models(database_url: str) -> None:
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    config = migrate._config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.check(config)
    engine.dispose()


async def test_many_processes_may_migrate_at_once(database_url: str) -> None:
    revisions = await asyncio.gather(*(asyncio.to_thread(migrate.migrate, database_url) for _ in range(4)))
    assert set(revisions) == {schema.newest()}
    assert schema.current(database_url) == schema.newest()


def test_the_newest_revision_is_the_one_alembic_would_reach() -> None:
    assert ScriptDirectory.from_config(migrate._config()).get_heads() == [schema.newest()]

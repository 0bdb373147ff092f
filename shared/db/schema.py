"""Which schema the database has and which one this code needs; without alembic, whose import is slow."""

import asyncio
from pathlib import Path
from typing import Final

import psycopg

MIGRATIONS: Final = Path(__file__).resolve().parents[2] / "infra" / "migrations"


def newest() -> str:
    """The revision that this code needs: revisions are numbered, and a file's name begins with its number."""
    return max(file.name.split("_", 1)[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def current(url: str) -> str | None:
    """The revision of the database, None where it was never migrated.

    Raises:
        psycopg.Error: the database is away.
    """
    with psycopg.connect(url, connect_timeout=3) as connection:
        exists = connection.execute("select to_regclass('alembic_version')").fetchone()
        if exists is None or exists[0] is None:
            return None
        row = connection.execute("select version_num from alembic_version").fetchone()
        return None if row is None else str(row[0])


async def wait_until_migrated(url: str, *, poll_seconds: float = 1.0) -> None:
    """Return once the database has the schema that this code needs, however long that takes."""
    while not await asyncio.to_thread(_is_migrated, url):  # noqa: ASYNC110  # another process migrates
        await asyncio.sleep(poll_seconds)


def _is_migrated(url: str) -> bool:
    try:
        return current(url) == newest()
    except psycopg.Error:
        return False

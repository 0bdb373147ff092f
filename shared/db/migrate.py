"""``python -m shared.db.migrate``: bring the database to the newest schema; waits for it to start."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Final

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from shared.settings import DatabaseSettings, load

_MIGRATIONS: Final = Path(__file__).resolve().parents[2] / "infra" / "migrations"
#: Any fixed number: two processes that migrate at once take turns.
_LOCK: Final = 4_120_751
_PATIENCE_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.2


def migrate(url: str) -> str:
    """Apply every pending migration; safe to run by many processes at once. Returns the revision reached."""
    engine = create_engine(_driver(url))
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": _LOCK})
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": _LOCK})
        connection.commit()
    engine.dispose()
    return newest()


def newest() -> str:
    """The revision that this code needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(url: str) -> str | None:
    """The revision of the database, None where it was never migrated."""
    engine = create_engine(_driver(url))
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    return revision


async def wait_until_migrated(url: str, *, poll_seconds: float = 1.0) -> None:
    """Return once the database has the schema that this code needs, however long that takes."""
    while not await asyncio.to_thread(_is_migrated, url):  # noqa: ASYNC110  # another process migrates
        await asyncio.sleep(poll_seconds)


def _is_migrated(url: str) -> bool:
    try:
        return current(url) == newest()
    except Exception:  # noqa: BLE001  # away, starting, refusing: all of them mean "not yet"
        return False


def _driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            psycopg.connect(url, connect_timeout=3).close()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise SystemExit(
                    f"The database did not answer within {_PATIENCE_SECONDS:.0f} s: {error}"
                ) from error
            time.sleep(_POLL_SECONDS)  # noqa: TID251  # a command of its own, no event loop to block
        else:
            return


def main() -> None:
    """Entry point."""
    url = load(DatabaseSettings).database_url.get_secret_value()
    _wait_for(url)
    sys.stdout.write(f"database is at revision {migrate(url)}\n")


if __name__ == "__main__":
    main()

"""``python -m shared.db.migrate``: bring the database to the newest schema; waits for it to start."""

import sys
import time
from typing import Final

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from shared.db.schema import MIGRATIONS, newest
from shared.settings import DatabaseSettings, load

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


def _driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
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

"""``python -m shared.db.reseal``: seals every credential by the first key, so that the others can go."""

import sys
from collections.abc import Sequence
from typing import Any

from pydantic import Field
from sqlalchemy import Column, Connection, Table, create_engine, select, update

from shared.db.tables import Base
from shared.db.vault import SealedByUnknownKeyError, Vault
from shared.settings import DatabaseSettings, SecretList, load

_SEALED = {
    table: tuple(column for column in table.columns if column.name.endswith("_encrypted"))
    for table in Base.metadata.sorted_tables
}


class ResealSettings(DatabaseSettings):
    """``encryption_keys``: the new key first, then every key that something may be sealed by."""

    encryption_keys: SecretList = Field(min_length=1)


def reseal(url: str, vault: Vault) -> int:
    """The number of credentials sealed anew; all of them in one transaction, or none.

    Raises:
        SealedByUnknownKeyError: one was sealed by a key that the vault does not have.
    """
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        with engine.begin() as connection:
            return sum(
                _reseal(connection, vault, table, sealed) for table, sealed in _SEALED.items() if sealed
            )
    finally:
        engine.dispose()


def _reseal(connection: Connection, vault: Vault, table: Table, sealed: Sequence[Column[Any]]) -> int:
    # Locked: a key that is being changed at the console meanwhile waits for us, or we for it.
    rows = connection.execute(select(table).with_for_update()).mappings().all()
    anew = [
        (row, {column: vault.seal_anew(row[column]) for column in sealed if row[column] is not None})
        for row in rows
    ]
    for row, values in anew:
        if values:
            this = (column == row[column] for column in table.primary_key)
            connection.execute(update(table).where(*this).values(values))
    return sum(len(values) for _, values in anew)


def main() -> None:
    """Entry point."""
    settings = load(ResealSettings)
    try:
        number = reseal(settings.database_url.get_secret_value(), Vault(settings.encryption_keys))
    except SealedByUnknownKeyError as error:
        raise SystemExit(f"Nothing was changed. {error}") from None
    sys.stdout.write(f"{number} credentials are sealed by the first key; the others may go\n")


if __name__ == "__main__":
    main()

"""``python -m shared.db.reseal``: seals every credential by the first key, so that the others can go."""

import sys

from pydantic import Field
from sqlalchemy import create_engine, select, update

from shared.db.tables import Company
from shared.db.vault import SealedByUnknownKeyError, Vault
from shared.settings import DatabaseSettings, SecretList, load

_SEALED = tuple(column for column in Company.__table__.columns if column.name.endswith("_encrypted"))


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
            # Locked: a key that is being changed at the console meanwhile waits for us, or we for it.
            rows = connection.execute(select(Company.id, *_SEALED).with_for_update()).mappings().all()
            anew = {row["id"]: _sealed_anew(dict(row), vault) for row in rows}
            for company_id, values in anew.items():
                if values:
                    connection.execute(update(Company).where(Company.id == company_id).values(values))
        return sum(map(len, anew.values()))
    finally:
        engine.dispose()


def _sealed_anew(row: dict[str, bytes | None], vault: Vault) -> dict[str, bytes]:
    values = {column.name: row[column.name] for column in _SEALED}
    return {name: vault.seal_anew(value) for name, value in values.items() if value is not None}


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

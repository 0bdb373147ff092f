"""A rotation ends with every credential under the new key, or with nothing changed."""

import psycopg
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from shared.db.reseal import reseal
from shared.db.vault import SealedByUnknownKeyError, Vault

OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))


def _vault(*keys: str) -> Vault:
    return Vault([SecretStr(key) for key in keys])


def _company(url: str, company_id: str, key: bytes, secret: bytes | None = None) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "insert into companies (id, name, retell_api_key_encrypted, calcom_webhook_secret_encrypted)"
            " values (%s, %s, %s, %s)",
            (company_id, company_id, key, secret),
        )


def _keys(url: str) -> dict[str, tuple[bytes, bytes | None]]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select id, retell_api_key_encrypted, calcom_webhook_secret_encrypted from companies"
        ).fetchall()
    return {row[0]: (row[1], row[2]) for row in rows}


def test_afterwards_the_new_key_alone_opens_everything(database_url: str) -> None:
    old = _vault(OLD)
    _company(database_url, "hairdresser", old.seal("key_1"), old.seal("whsec_1"))
    _company(database_url, "dentist", _vault(NEW).seal("key_2"))
    assert reseal(database_url, _vault(NEW, OLD)) == 3
    keys, new = _keys(database_url), _vault(NEW)
    assert [new.open_optional(sealed) for sealed in keys["hairdresser"]] == ["key_1", "whsec_1"]
    assert [new.open_optional(sealed) for sealed in keys["dentist"]] == ["key_2", None]


def test_with_a_key_missing_nothing_is_changed(database_url: str) -> None:
    _company(database_url, "florist", _vault(OLD).seal("key_3"))
    _company(database_url, "garage", _vault(LOST).seal("key_4"))
    before = _keys(database_url)
    with pytest.raises(SealedByUnknownKeyError, match="missing in ENCRYPTION_KEYS"):
        reseal(database_url, _vault(NEW, OLD))
    assert _keys(database_url) == before


def test_the_password_of_a_sip_trunk_is_sealed_anew_too(database_url: str) -> None:
    old = _vault(OLD)
    _company(database_url, "baker", old.seal("key_5"))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("delete from companies where id <> 'baker'")
        connection.execute(
            "insert into sip_trunks (company_id, termination_uri, password_encrypted) "
            "values ('baker', 'one.example.com', %s), ('baker', 'two.example.com', null)",
            (old.seal("secret"),),
        )
        assert reseal(database_url, _vault(NEW, OLD)) == 2
        sealed = connection.execute(
            "select password_encrypted from sip_trunks order by termination_uri"
        ).fetchall()
    assert [_vault(NEW).open_optional(row[0]) for row in sealed] == ["secret", None]

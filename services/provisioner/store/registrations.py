"""A company's one webhook at Cal.com: when it was last seen as wanted, and how often it was not."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from services.provisioner.content import WantedWebhook
from shared.db.engine import Database
from shared.db.tables import Branch, Company, Provisioning, WebhookRegistration

_PROVIDER: Final = "calcom"
#: Who does not pay still has customers who come.
_WATCHED: Final = ("active", "suspended")
_LONGEST_ERROR: Final = 1_000


class Registrations:
    """Table ``webhook_registrations``. ``believed``: seconds for which a webhook that was seen is there."""

    def __init__(self, database: Database, *, believed: float = 600.0) -> None:
        self._database = database
        self._believed = timedelta(seconds=believed)

    async def verified(self, wanted: WantedWebhook) -> str | None:
        """Id of the webhook that was seen exactly so a short while ago; else None."""
        query = select(WebhookRegistration.webhook_id).where(
            *_of(wanted.company_id),
            WebhookRegistration.state == "kept",
            WebhookRegistration.content_hash == wanted.hash(),
            WebhookRegistration.checked_at > func.now() - self._believed,
        )
        async with self._database.transaction() as session:
            return (await session.execute(query)).scalar_one_or_none()

    async def remember(self, wanted: WantedWebhook, webhook_id: str) -> None:
        """It was registered or seen just now. Idempotent."""
        key = {"company_id": wanted.company_id, "provider": _PROVIDER}
        seen = _seen(wanted, webhook_id)
        statement = insert(WebhookRegistration).values(**key, **seen)
        async with self._database.transaction() as session:
            await session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=seen))

    async def doubt(self, company_id: str) -> None:
        """Whoever asks next looks at Cal.com."""
        await self._write(company_id, {"checked_at": None})

    async def forget(self, company_id: str) -> None:
        """The company has no webhook any more."""
        async with self._database.transaction() as session:
            await session.execute(delete(WebhookRegistration).where(*_of(company_id)))

    async def claim(self, address: str, every: float) -> Sequence[str]:
        """Companies whose turn it is; no other replica has them for ``every`` seconds.

        ``address``: of the webhooks, without the company's id.
        """
        next_at = func.now() + timedelta(seconds=every)
        url = literal(address) + Company.id
        turns = select(Company.id, literal(_PROVIDER), url, literal("new"), next_at).where(
            Company.status.in_(_WATCHED),
            Company.calcom_api_key_encrypted.is_not(None),
            _provisioned().where(Branch.company_id == Company.id).exists(),
        )
        key = [WebhookRegistration.company_id, WebhookRegistration.provider]
        statement = (
            insert(WebhookRegistration)
            .from_select(["company_id", "provider", "subscriber_url", "state", "next_at"], turns)
            .on_conflict_do_update(
                index_elements=key, set_={"next_at": next_at}, where=WebhookRegistration.next_at <= func.now()
            )
            .returning(WebhookRegistration.company_id)
        )
        async with self._database.transaction() as session:
            return (await session.execute(statement)).scalars().all()

    async def is_wanted(self, company_id: str) -> bool:
        """A branch is there that was told of a webhook."""
        asked = select(_provisioned().where(Branch.company_id == company_id).exists())
        async with self._database.transaction() as session:
            return bool(await session.scalar(asked))

    async def keep(self, wanted: WantedWebhook, webhook_id: str, drifts: Sequence[str]) -> None:
        """Seen as wanted, or mended: ``drifts`` says what was not. Nothing where it was forgotten."""
        changes = _seen(wanted, webhook_id)
        if drifts:
            changes |= {"drifts": WebhookRegistration.drifts + 1, "last_drift": ", ".join(drifts)}
        await self._write(wanted.company_id, changes)

    async def miss(self, company_id: str, error: str) -> None:
        """It could not be looked at, or not be mended."""
        await self._write(company_id, {"state": "unread", "error": error[:_LONGEST_ERROR]})

    async def _write(self, company_id: str, changes: dict[str, Any]) -> None:
        async with self._database.transaction() as session:
            await session.execute(update(WebhookRegistration).where(*_of(company_id)).values(changes))


def _of(company_id: str) -> tuple[ColumnElement[bool], ...]:
    return WebhookRegistration.company_id == company_id, WebhookRegistration.provider == _PROVIDER


def _provisioned() -> Select[Any]:
    """Branches that are there and have a webhook."""
    same = (Provisioning.company_id == Branch.company_id) & (Provisioning.branch_id == Branch.id)
    return (
        select(Branch.id)
        .join(Provisioning, same)
        .where(Branch.deleted_at.is_(None), Provisioning.calcom_webhook_id.is_not(None))
    )


def _seen(wanted: WantedWebhook, webhook_id: str) -> dict[str, Any]:
    return {
        "webhook_id": webhook_id,
        "subscriber_url": wanted.url,
        "content_hash": wanted.hash(),
        "state": "kept",
        "checked_at": func.now(),
        "error": None,
    }

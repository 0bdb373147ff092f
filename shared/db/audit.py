"""Who did what, when, to what: written in the transaction of the deed."""

from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.wire import searchable
from shared.db.tables import AuditEntry


async def note(
    session: AsyncSession,
    operator: str,
    action: str,
    target: str,
    *,
    reason: str | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """``action``: noun.past-tense; ``after``: what is new, without secrets."""
    values = {"operator": operator, "action": action, "target": target, "reason": reason, "after": after}
    await session.execute(insert(AuditEntry).values(**searchable(values)))

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
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """``action``: noun.past-tense; ``before`` and ``after``: what was and what is new, without secrets."""
    who = {"operator": operator, "action": action, "target": target, "reason": reason}
    await session.execute(insert(AuditEntry).values(**searchable({**who, "before": before, "after": after})))

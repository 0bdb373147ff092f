"""What was changed about a company reaches its agents: a refresh for each of its branches."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.events import BranchRefreshRequested, OwnEvent
from shared.db.outbox import emit
from shared.db.tables import Branch
from shared.observability.context import Cause, working_on

_SOURCE: Final = "ops_console"
#: Fields of a company that its agents show, or that they are made with.
SHOWN_BY_AGENTS: Final = frozenset(
    {
        "kind", "dpa_signed_on", "secrecy_signed_on", "retention_days", "recording", "retell_api_key",
        "calcom_api_key", "calcom_region",
    }
)  # fmt: skip


async def refresh_branches(session: AsyncSession, company_id: str, *, reason: str) -> None:
    """``branch.refresh_requested`` for each branch there is, within ``session``."""
    there_are = select(Branch.id).where(Branch.company_id == company_id, Branch.deleted_at.is_(None))
    for branch_id in (await session.execute(there_are.order_by(Branch.id))).scalars():
        await ask_for_refresh(session, company_id, branch_id, reason=reason)


async def ask_for_refresh(
    session: AsyncSession, company_id: str, branch_id: str, *, reason: str, step: str | None = None
) -> None:
    """``branch.refresh_requested``, within ``session``; each wish is one of its own."""
    at = datetime.now(UTC)
    event = BranchRefreshRequested(
        company_id=company_id, branch_id=branch_id, reason=reason, step=step, requested_at=at
    )
    await tell(session, event, company_id)


async def tell(session: AsyncSession, event: OwnEvent, company_id: str) -> None:
    """The event leaves with ``session``, as a case of its own."""
    with working_on("branch", Cause(company_id=company_id)):
        await emit(session, event, source=_SOURCE)

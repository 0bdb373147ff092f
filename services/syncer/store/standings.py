"""Whether a company is served: set by what it pays for, in the transaction that learned of it."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.syncer.merge.standing import standing_of
from shared.contracts import names
from shared.contracts.envelope import now
from shared.contracts.events import CompanyResumed, CompanySuspended, CompanySuspensionDue
from shared.db.outbox import emit
from shared.db.scheduled import emit_later
from shared.db.tables import Company, Subscription

#: Closed for good is a person's word.
_SERVED: Final = frozenset({"active", "suspended"})


class Standings:
    """Columns ``status``, ``suspend_at`` and ``suspended_at`` of ``companies``. ``grace`` in seconds.

    Each method works within the caller's ``session`` and locks the company: of two subscriptions that change
    at once the second sees the first.
    """

    def __init__(self, *, source: str, grace: float) -> None:
        self._source = source
        self._grace = grace

    async def judge(self, session: AsyncSession, company_id: str) -> datetime | None:
        """Resume who pays, give grace to who stopped; when it will be suspended, None where it will not."""
        company = await _locked(session, company_id)
        if company is None:
            return None
        standing = standing_of(await _statuses(session, company_id))
        if standing == "paid":
            await self._resume(session, company)
        elif standing == "lost":
            await self._give_grace(session, company)
        else:
            company.suspend_at = None
        return company.suspend_at

    async def end_grace(self, session: AsyncSession, due: CompanySuspensionDue) -> None:
        """Suspend, if nothing is paid still and ``due`` is about the grace that runs now."""
        company = await _locked(session, due.company_id)
        if company is None or company.suspend_at != due.suspend_at:
            return
        await self.judge(session, due.company_id)
        if company.suspend_at is None:
            return
        company.status, company.suspend_at, company.suspended_at = "suspended", None, now()
        event = CompanySuspended(company_id=company.id, suspended_at=company.suspended_at)
        await emit(session, event, source=self._source)

    async def _resume(self, session: AsyncSession, company: Company) -> None:
        company.suspend_at = None
        if company.status == "suspended":
            company.status, company.suspended_at = "active", None
            event = CompanyResumed(company_id=company.id, resumed_at=now())
            await emit(session, event, source=self._source)

    async def _give_grace(self, session: AsyncSession, company: Company) -> None:
        if company.status == "suspended" or company.suspend_at is not None:
            return
        company.suspend_at = now() + timedelta(seconds=self._grace)
        due = CompanySuspensionDue(company_id=company.id, suspend_at=company.suspend_at)
        await emit_later(session, due, source=self._source, queue=names.SYNCER_BILLING, delay=self._grace)


async def _locked(session: AsyncSession, company_id: str) -> Company | None:
    query = select(Company).where(Company.id == company_id, Company.status.in_(_SERVED))
    return (await session.execute(query.with_for_update(key_share=True))).scalar_one_or_none()


async def _statuses(session: AsyncSession, company_id: str) -> list[str]:
    query = select(Subscription.status).where(Subscription.company_id == company_id)
    return list((await session.execute(query)).scalars())

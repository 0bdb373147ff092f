"""Who is around an event: its company, its branch, and the chain of bookings it belongs to."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, String, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.notifier.calendar_file import CalendarKey
from services.notifier.facts import Around, Branch, Company
from shared.contracts.branch import Address
from shared.contracts.events import OwnEvent
from shared.db.engine import Database
from shared.db.tables import Branch as BranchRow
from shared.db.tables import Company as CompanyRow
from shared.db.vault import Vault

#: The depth only ends a circle that bad data might hold.
_CHAIN: Final = text(
    """
    with recursive chain (uid, earlier, moves) as (
        select calcom_uid, rescheduled_from, 0 from appointments
         where company_id = :company_id and calcom_uid = :uid
        union all
        select a.calcom_uid, a.rescheduled_from, chain.moves + 1
          from appointments a join chain on a.calcom_uid = chain.earlier
         where a.company_id = :company_id and a.calcom_uid <> chain.uid and chain.moves < 50
    )
    select uid, moves from chain order by moves desc limit 1
    """
).bindparams(bindparam("company_id", type_=String), bindparam("uid", type_=String))


@dataclass(frozen=True, slots=True)
class People:
    """Reads only."""

    database: Database
    vault: Vault

    async def around(self, event: OwnEvent, *, with_targets: bool = False) -> Around:
        """Company and branch of ``event``; ``with_targets`` opens the company's notify URLs as well.

        Raises:
            SealedByUnknownKeyError: the URLs were sealed by a key that we do not have.
        """
        company_id, branch_id = event.company(), getattr(event, "branch_id", None)
        if company_id is None:
            return Around()
        async with self.database.transaction() as session:
            company = await session.get(CompanyRow, company_id)
            branch = await _branch(session, company_id, branch_id) if branch_id else None
        return Around(
            self._company(company, with_targets=with_targets) if company else None,
            _branch_of(branch) if branch else None,
        )

    async def calendar_key(self, event: OwnEvent) -> CalendarKey | None:
        """Under which uid calendars know this appointment; None for events about something else."""
        uid = getattr(event, "calcom_uid", None)
        if uid is None:
            return None
        async with self.database.transaction() as session:
            first = (await session.execute(_CHAIN, {"company_id": event.company(), "uid": uid})).first()
        return CalendarKey(first.uid, first.moves) if first else CalendarKey(uid)

    def _company(self, row: CompanyRow, *, with_targets: bool) -> Company:
        targets = self.vault.open_optional(row.notify_urls_encrypted) if with_targets else None
        return Company(
            id=row.id,
            name=row.name,
            language=row.language,
            notification_email=row.notification_email,
            customer_messages=row.customer_messages,
            notify_urls=targets or "",
        )


async def _branch(session: AsyncSession, company_id: str, branch_id: str) -> Row[Any] | None:
    columns = (BranchRow.name, BranchRow.timezone, BranchRow.document)
    found = select(*columns).where(BranchRow.company_id == company_id, BranchRow.id == branch_id)
    return (await session.execute(found)).first()


def _branch_of(row: Row[Any]) -> Branch:
    document: dict[str, Any] = row.document
    return Branch(
        name=row.name,
        timezone=row.timezone,
        notification_email=document.get("notification_email"),
        address=Address.model_validate(document.get("address") or {}).one_line(),
        phone=document.get("phone_number") or "",
    )

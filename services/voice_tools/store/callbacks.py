"""Somebody waits to be called back: the row and its event in one transaction."""

from typing import Final

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.envelope import now
from shared.contracts.events import CallbackRequested, RecordingRefused
from shared.db.consents import note_answer
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.tables import Callback, Consent

#: Not allowed: the caller was asked for a number to call back, and has named none yet.
_NUMBER: Final = "callback_number"


class Callbacks:
    """What callers leave behind: the wish to be called, what they allow."""

    def __init__(self, database: Database, *, source: str) -> None:
        self._database = database
        self._source = source

    async def request(self, callback: CallbackRequested) -> bool:
        """False where this call has asked for the same before. Raises InfrastructureError."""
        async with self._database.transaction() as session:
            return await add_callback(session, callback, source=self._source)

    async def ask_for_number(self, company_id: str, call_id: str) -> bool:
        """Note that the caller is asked for a number; False where they were before.

        Raises InfrastructureError.
        """
        statement = insert(Consent).values(
            company_id=company_id, call_id=call_id, kind=_NUMBER, allowed=False
        )
        async with self._database.transaction() as session:
            asked = await session.execute(statement.on_conflict_do_nothing().returning(Consent.call_id))
            return asked.first() is not None

    async def consent(self, company_id: str, call_id: str, *, allowed: bool) -> None:
        """The last word counts. A refusal is told: what was kept of the call before has to go."""
        async with self._database.transaction() as session:
            await note_answer(session, (company_id, call_id), allowed=allowed)
            if not allowed:
                refused = RecordingRefused(company_id=company_id, call_id=call_id, refused_at=now())
                await emit(session, refused, source=self._source)


async def add_callback(session: AsyncSession, callback: CallbackRequested, *, source: str) -> bool:
    """Write row and event within ``session``; False, and no event, where the row is there already."""
    row = await session.execute(
        insert(Callback)
        .values(
            id=callback.callback_id,
            company_id=callback.company_id,
            branch_id=callback.branch_id,
            call_id=callback.call_id,
            reason=callback.reason,
            urgency=callback.urgency,
            kind=callback.kind,
            phone=callback.phone,
            customer_name=callback.customer_name,
            preferred_time=callback.preferred_time,
        )
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(Callback.id)
    )
    if row.first() is None:
        return False
    await emit(session, callback, source=source)
    return True

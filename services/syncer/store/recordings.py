"""May what was said in a call be kept? Never after a no; where callers are asked, only after a yes."""

from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from services.syncer.merge.call import CallChange, CallState
from shared.contracts.envelope import now
from shared.contracts.events import RecordingRefused
from shared.db.consents import CallKey, answers, ask_callers, note_answer, note_silence
from shared.db.outbox import emit
from shared.db.tables import Company


class Recordings:
    """Table ``consents``: finds who refused without saying so to the agent, and tells it, once each."""

    def __init__(self, *, source: str) -> None:
        self._source = source

    async def may_keep(
        self,
        session: AsyncSession,
        company_id: str,
        change: CallChange,
        after: CallState,
        branch_id: str | None,
    ) -> bool:
        """False for a call whose caller refused, whoever found that out; ``change`` may just have.

        ``branch_id``: of the branch that was called; None for a call of others in the same workspace.
        """
        call = (company_id, change.call_id)
        allowed = (await answers(session, {call})).get(call)
        if change.is_refused and allowed is not False:
            await note_answer(session, call, allowed=False)
            await self._tell(session, call, "analysis")
            return False
        if allowed is None and branch_id and after.is_over and await _was_asked(session, company_id, change):
            if await note_silence(session, call):
                await self._tell(session, call, "silence")
                return False
            allowed = (await answers(session, {call})).get(call)
        return allowed is not False

    async def _tell(self, session: AsyncSession, call: CallKey, by: Literal["silence", "analysis"]) -> None:
        company_id, call_id = call
        refusal = RecordingRefused(company_id=company_id, call_id=call_id, refused_at=now(), told_by=by)
        await emit(session, refusal, source=self._source)


async def _was_asked(session: AsyncSession, company_id: str, change: CallChange) -> bool:
    """Whether the agent recorded, and so had to ask. Where Retell does not say, as the company is now."""
    if change.is_stored is not None:
        return change.is_stored
    return ask_callers(await session.get(Company, company_id))

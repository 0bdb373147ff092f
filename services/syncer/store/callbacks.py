"""Somebody has to be called back: the task and the event that tells of it, in one transaction."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.events import CallbackRequested
from shared.db.outbox import emit
from shared.db.tables import Branch, Callback


async def ask(session: AsyncSession, task: CallbackRequested, *, source: str) -> None:
    """Write the task once and tell of it, with the name of its branch."""
    query = select(Branch.name).where(Branch.company_id == task.company_id, Branch.id == task.branch_id)
    named = task.model_copy(update={"branch_name": (await session.execute(query)).scalar_one_or_none()})
    row = named.model_dump(exclude={"callback_id", "branch_name"})
    await session.execute(insert(Callback).values(id=named.callback_id, **row).on_conflict_do_nothing())
    await emit(session, named, source=source)

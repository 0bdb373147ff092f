"""A task is closed once: who comes second is told who was first. Closed by mistake, it is opened again."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.audit import note
from services.ops_console.store.refusals import NotPossibleError, NotThereError
from services.ops_console.store.work import LEFT, WISH
from shared.contracts.ids import digest
from shared.db.engine import Database
from shared.db.holds import let_go
from shared.db.tables import Booking, Call, Callback

Outcome = Literal["done", "not_reached", "discarded"]
#: A wish that a person has seen to, or that nobody wants any more, is not booked by the syncer afterwards.
_SETTLES: Final = frozenset({"done", "discarded"})
_UNFINISHED: Final = ("started", "requested")


@dataclass(frozen=True, slots=True)
class Closing:
    """How a task ended, and by whose word."""

    outcome: Outcome
    by: str
    said: str | None = None

    def values(self) -> dict[str, Any]:
        """Of its row."""
        return {
            "state": "closed",
            "outcome": self.outcome,
            "closed_note": self.said,
            "closed_by": self.by,
            "closed_at": func.now(),
        }


class Tasks:
    """Table ``callbacks``: what becomes of its rows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def close(self, item: str, closing: Closing) -> str:
        """Close what the work list names ``item``; the id of the task, by which it is opened again.

        Raises:
            NotThereError: there is no such task.
            NotPossibleError: somebody was faster; says who, and when.
        """
        async with self._database.transaction() as session:
            match item.split(":", 2):
                case [kind, company_id, token] if kind == WISH:
                    task = await _close_wish(session, company_id, token, closing)
                case [kind, company_id, call_id] if kind == LEFT:
                    task = await _close_left(session, company_id, call_id, closing)
                case _:
                    task = await _close_task(session, item, closing)
            after = {"state": "closed", "outcome": closing.outcome}
            await note(
                session, closing.by, "task.closed", task,
                reason=closing.said, before={"state": "open"}, after=after,
            )  # fmt: skip
        return task

    async def reopen(self, task: str, *, by: str) -> None:
        """It waits again.

        Raises:
            NotThereError: there is no such task.
            NotPossibleError: it is open.
        """
        opened = {"state": "open", "outcome": None, "closed_note": None, "closed_by": None, "closed_at": None}
        async with self._database.transaction() as session:
            row = await session.get(Callback, task, with_for_update=True)
            if row is None:
                raise NotThereError(f"There is no task {task}.")
            if row.state == "open":
                raise NotPossibleError(f"{task} is open.")
            before = {"state": "closed", "outcome": row.outcome, "by": row.closed_by}
            await session.execute(update(Callback).where(Callback.id == task).values(opened))
            await note(session, by, "task.reopened", task, before=before, after={"state": "open"})


async def _close_task(session: AsyncSession, task: str, closing: Closing) -> str:
    row = await session.get(Callback, task, with_for_update=True)
    if row is None:
        raise NotThereError(f"There is no task {task}.")
    _refuse_second(row)
    await session.execute(update(Callback).where(Callback.id == task).values(closing.values()))
    return task


async def _close_wish(session: AsyncSession, company_id: str, token: str, closing: Closing) -> str:
    wish = await session.get(Booking, (company_id, token), with_for_update=True)
    if wish is None:
        raise NotThereError(f"There is no wish {token} of {company_id}.")
    task = _task_id(company_id, token)
    person = wish.request.get("customer") or {}
    about = f"{wish.request.get('service_key')} {wish.start_at:%Y-%m-%d %H:%M} UTC"
    known = {"phone": person.get("phone"), "customer_name": person.get("name"), "reason": about}
    await _put(session, task, wish, closing, known)
    if closing.outcome in _SETTLES and wish.state in _UNFINISHED:
        wish.state, wish.result = "refused", {"reason": "closed", "by": closing.by}
        await let_go(session, company_id, wish.event_type_id, wish.start_at, wish.call_id)
    return task


async def _close_left(session: AsyncSession, company_id: str, call_id: str, closing: Closing) -> str:
    call = await session.get(Call, (company_id, call_id))
    if call is None:
        raise NotThereError(f"There is no call {call_id} of {company_id}.")
    task = _task_id("offered", company_id, call_id)
    known = {"phone": call.from_number, "customer_name": None, "reason": "offered times, booked none"}
    await _put(session, task, call, closing, known)
    return task


def _task_id(*parts: str) -> str:
    """As ``work.task_id``, and as the syncer names the task for a wish that it gives up."""
    return f"callback_{digest(':'.join(parts))[:20]}"


async def _put(
    session: AsyncSession, task: str, source: Booking | Call, closing: Closing, known: dict[str, Any]
) -> None:
    """The task and its end at once."""
    of_source = {
        "company_id": source.company_id, "branch_id": source.branch_id, "call_id": source.call_id
    }  # fmt: skip
    row = insert(Callback).values(id=task, kind="wish", **of_source, **known, **closing.values())
    added = await session.execute(row.on_conflict_do_nothing().returning(Callback.id))
    if added.first() is None:
        earlier = await session.get(Callback, task)
        assert earlier is not None  # noqa: S101  # it stood in the way
        _refuse_second(earlier)
        await _close_task(session, task, closing)


def _refuse_second(row: Callback) -> None:
    if row.state != "open":
        first = row.closed_by or "Somebody"
        raise NotPossibleError(
            f"{first} was faster: closed as {row.outcome} at {row.closed_at:%H:%M:%S} UTC."
        )

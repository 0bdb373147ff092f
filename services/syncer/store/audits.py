"""The audit of a call: a promise with nothing behind it is told, counted, and becomes somebody's task."""

from typing import Final

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from services.syncer.merge.promises import KINDS, Broken, broken, may_come_true
from services.syncer.store.call_outcomes import outcome_of
from services.syncer.store.callbacks import ask
from services.syncer.store.promises import deeds_of, promises_in, redress, said_of, task_id
from shared.contracts import names
from shared.contracts.events import CallAuditDue, PromiseBroken
from shared.db.outbox import emit
from shared.db.scheduled import emit_later
from shared.db.tables import Call, Callback
from shared.observability.logging import get_logger

_log = get_logger("promises")
#: An attempt of the call has ended by then, a wish has had its first try, and the minute is not over.
_LAST_LOOK_SECONDS: Final = 40.0
_BROKEN: Final = Counter(
    "askpro_promises_broken_total", "What agents promised and nothing was done for.", ("kind",)
)
# A series that begins with its first count has not increased, to whoever asks for the increase.
for _kind in KINDS:
    _BROKEN.labels(_kind)


async def audit(
    session: AsyncSession, call: Call, *, source: str, is_last: bool = False
) -> tuple[Broken, ...]:
    """Raise what is broken, once; where it may still come true, look again in time. Needs the call's lock.

    Returns:
        What was raised, to be counted once it is committed.
    """
    if call.status != "analyzed" or await session.get(Callback, task_id(call)) is not None:
        return ()
    deeds = await deeds_of(session, call)
    found = broken(await promises_in(session, call), deeds)
    if not is_last and may_come_true(found, deeds):
        due = CallAuditDue(company_id=call.company_id, call_id=call.call_id)
        await emit_later(session, due, source=source, queue=names.SYNCER_CALLS, delay=_LAST_LOOK_SECONDS)
        return ()
    if found:
        await _raise(session, call, found, source)
    return found


def count(found: tuple[Broken, ...]) -> None:
    """Each broken promise, by its kind."""
    for one in found:
        _BROKEN.labels(one.promise.kind).inc()
        _log.error("promise.broken", kind=one.promise.kind, fault=one.fault)


async def _raise(session: AsyncSession, call: Call, found: tuple[Broken, ...], source: str) -> None:
    event = PromiseBroken(
        company_id=call.company_id,
        call_id=call.call_id,
        branch_id=call.branch_id,
        promise=said_of(call),
        kinds=tuple(dict.fromkeys(one.promise.kind for one in found)),
    )
    await emit(session, event, source=source)
    await ask(session, await redress(session, call, found), source=source)
    call.outcome = await outcome_of(session, call)

"""Dead letters: written with their story, in the caller's transaction, and told."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, TextClause, and_, func, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.events import SELF_REPORTING, DeadLetterRecorded
from shared.db.consents import keepable
from shared.db.dead_counts import Group, arrived
from shared.db.failures import Content, Failure, appending, cleaned, keep_stack, row_of
from shared.db.outbox import emit
from shared.db.settling import OPEN_STATES, CurrentDelivery
from shared.db.tables import Delivery

#: From a row's commit to the broker's note that its delivery was rejected, clocks included.
_AT_ONCE: Final = timedelta(minutes=1)


async def bury(
    session: AsyncSession,
    delivery: CurrentDelivery,
    content: Content,
    failure: Failure,
    reason: str,
    *,
    source: str,
    unless_told: bool = False,
) -> bool:
    """Write a dead letter within ``session``; False where the delivery was settled before.

    ``unless_told``: nor where its history has this attempt already, of the minute in which it was given up.
    Then this is a copy that comes after a person has sent the dead letter again.
    """
    kept = await keepable(session, delivery.company_id, delivery.event_type, content.body)
    group = Group.of(failure.error, delivery.queue)
    values = _dead(delivery, Content(kept, content.properties), failure, reason) | {"group_id": group.id}
    may_be_buried: ColumnElement[bool] = Delivery.state.in_(OPEN_STATES)
    if unless_told:
        may_be_buried = and_(may_be_buried, _untold(delivery, failure))
    written = appending(values, values.keys() - {"queue", "event_id", "history"}, where=may_be_buried)
    failures = func.jsonb_array_length(Delivery.history)
    row = (await session.execute(written.returning(Delivery.id, failures))).first()
    if row is None:
        return False
    await keep_stack(session, row[0], delivery.attempt, failure)
    new_group = await arrived(session, group, [row[0]])
    told = _report(delivery, failure, reason, failures=row[1])
    if not told.dead_event_type.startswith(SELF_REPORTING):
        about = {"group_id": group.id, "new_group": new_group}
        await emit(session, told.model_copy(update=about), source=source)
    return True


def _dead(delivery: CurrentDelivery, content: Content, failure: Failure, reason: str) -> dict[str, Any]:
    return row_of(delivery, content) | {
        "state": "dead",
        "due_at": None,
        "waits_for": None,
        "history": [failure.entry(delivery.attempt)],
        "reason": reason,
        "error": cleaned({**failure.error, **failure.origin}),
        "fingerprint": f"{failure.error['class']} at {failure.error['place']} in {delivery.queue}",
    }


def _untold(delivery: CurrentDelivery, failure: Failure) -> TextClause:
    return text(
        "not exists (select 1 from jsonb_array_elements(deliveries.history) as told"
        " where (told->>'attempt')::int = :told_attempt"
        # Who rejects has written it just before; what was filed from here was not written by anybody before.
        " and not told ? 'filed_from' and (told->>'at')::timestamptz between :told_from and :told_to)"
    ).bindparams(
        told_attempt=delivery.attempt,
        told_from=failure.at - _AT_ONCE,
        told_to=failure.at + _AT_ONCE,
    )


def _report(delivery: CurrentDelivery, failure: Failure, reason: str, *, failures: int) -> DeadLetterRecorded:
    return DeadLetterRecorded(
        queue=delivery.queue,
        dead_event_id=delivery.event_id,
        # Of its whole story: one that a person replayed in vain starts at attempt 1, and is told again.
        attempt=failures,
        dead_event_type=delivery.event_type or "unknown",
        reason=reason,
        error=f"{failure.error['class']}: {failure.error['message']}",
        company_id=delivery.company_id,
    )

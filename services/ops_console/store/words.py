"""What was said in calls whose caller refused to be recorded: it is not logged, and what is kept goes."""

from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.subject_of import call_of
from shared.contracts.unspoken import TYPES_WITH_WORDS, may_hold_words, unspoken, without_words
from shared.contracts.wire import searchable
from shared.db.consents import CallKey, refused
from shared.db.tables import DeadLetterText, Delivery, LoggedEvent


def call_in(event_type: str, company_id: str | None, data: Any) -> CallKey | None:
    """The call whose words an event may hold."""
    call_id = call_of(event_type, data) if may_hold_words(event_type) else None
    return (searchable(company_id), call_id) if company_id is not None and call_id is not None else None


async def forget(session: AsyncSession, call: CallKey) -> None:
    """Strip the event log and what deliveries keep of it; a replay then sends what is left."""
    if not await refused(session, {call}):
        return
    company_id, call_id = call
    events = select(LoggedEvent).where(
        LoggedEvent.company_id == company_id,
        LoggedEvent.correlation_id == searchable(call_id),
        or_(*(LoggedEvent.type.like(pattern) for pattern in TYPES_WITH_WORDS)),
    )
    found = (await session.execute(events)).scalars().all()
    for event in found:
        event.body, event.document = unspoken(event.body), _stripped(event)
    kept = select(Delivery).where(
        Delivery.event_id.in_([event.id for event in found]), Delivery.body.is_not(None)
    )
    stripped = (await session.execute(kept)).scalars().all()
    for delivery in stripped:
        delivery.body = unspoken(delivery.body or b"")
    # What is searched in them is read anew from what is left.
    texts = update(DeadLetterText).where(DeadLetterText.delivery_id.in_([one.id for one in stripped]))
    await session.execute(texts.values(text=None))


def _stripped(event: LoggedEvent) -> dict[str, Any] | None:
    if event.document is None:
        return None
    # An envelope names its version; what was scheduled once had its data alone here.
    if "specversion" not in event.document:
        return dict(without_words(event.type, event.document))
    return {**event.document, "data": without_words(event.type, event.document.get("data"))}

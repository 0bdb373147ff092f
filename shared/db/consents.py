"""Which callers refused to be recorded, and what may be kept of their calls.

Whoever keeps words looks at the refusals, and whoever hears of a refusal looks at what is kept. The lock of
the call makes that one after the other: nothing slips through between the two looks.
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.envelope import Unparsable, parse_envelope
from shared.contracts.subject_of import call_of
from shared.contracts.unspoken import may_hold_words, unspoken
from shared.contracts.wire import searchable
from shared.db.tables import Consent

#: (company, call id).
CallKey = tuple[str, str]
RECORDING: Final = "recording"
#: In one order: two who keep words of the same calls cannot wait for each other.
_LOCK: Final = text(
    "select pg_advisory_xact_lock(key) from (select distinct hashtextextended(name, 0) as key"
    " from unnest(cast(:names as text[])) as name order by key) as keys"
)


async def refused(session: AsyncSession, calls: Collection[CallKey]) -> set[CallKey]:
    """Those of ``calls`` whose caller refused, as a last word."""
    if not calls:
        return set()
    query = select(Consent.company_id, Consent.call_id).where(
        tuple_(Consent.company_id, Consent.call_id).in_(list(calls)),
        Consent.kind == RECORDING,
        Consent.allowed.is_(False),
    )
    return {(row[0], row[1]) for row in await session.execute(query)}


async def hold_words(session: AsyncSession, calls: Collection[CallKey]) -> None:
    """Until this transaction ends nobody else keeps or drops words of these calls.

    Taken before any row: the words of a call are locked first, then where they are kept.
    """
    if calls:
        names = [f"words\x1f{company_id}\x1f{call_id}" for company_id, call_id in calls]
        await session.execute(_LOCK, {"names": names})


async def keepable(
    session: AsyncSession, company_id: str | None, event_type: str | None, body: bytes
) -> bytes:
    """What may be kept of an event's bytes: without the words of a caller who refused."""
    if company_id is None or event_type is None or not may_hold_words(event_type):
        return body
    envelope = parse_envelope(body)
    call_id = None if isinstance(envelope, Unparsable) else call_of(envelope.type, envelope.data)
    if call_id is None:
        return body
    call = {(searchable(company_id), call_id)}
    await hold_words(session, call)
    return unspoken(body) if await refused(session, call) else body

"""Which callers refused to be recorded, and what may be kept of their calls.

Whoever keeps words looks at the refusals, and whoever hears of a refusal looks at what is kept. The lock of
the call makes that one after the other: nothing slips through between the two looks.
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy import select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.envelope import Unparsable, parse_envelope
from shared.contracts.subject_of import call_of
from shared.contracts.unspoken import may_hold_words, unspoken
from shared.contracts.wire import searchable
from shared.db.tables import Company, Consent

#: (company, call id).
CallKey = tuple[str, str]
RECORDING: Final = "recording"
_CONSENT: Final = "consent"
#: In one order: two who keep words of the same calls cannot wait for each other.
_LOCK: Final = text(
    "select pg_advisory_xact_lock(key) from (select distinct hashtextextended(name, 0) as key"
    " from unnest(cast(:names as text[])) as name order by key) as keys"
)


async def answers(session: AsyncSession, calls: Collection[CallKey]) -> dict[CallKey, bool]:
    """The last word of those callers of ``calls`` who gave one: whether they may be recorded."""
    if not calls:
        return {}
    query = select(Consent.company_id, Consent.call_id, Consent.allowed).where(
        tuple_(Consent.company_id, Consent.call_id).in_(list(calls)), Consent.kind == RECORDING
    )
    return {(row[0], row[1]): row[2] for row in await session.execute(query)}


async def refused(session: AsyncSession, calls: Collection[CallKey]) -> set[CallKey]:
    """Those of ``calls`` whose caller refused, as a last word."""
    return {call for call, allowed in (await answers(session, calls)).items() if not allowed}


def ask_callers(company: Company | None) -> bool:
    """Whether the company's agents record, and keep the calls of those alone who say yes."""
    return company is not None and company.recording == _CONSENT


async def note_silence(session: AsyncSession, call: CallKey) -> bool:
    """No answer is a no; False where there is one by now."""
    company_id, call_id = call
    silence = insert(Consent).values(company_id=company_id, call_id=call_id, kind=RECORDING, allowed=False)
    noted = await session.execute(silence.on_conflict_do_nothing().returning(Consent.call_id))
    return noted.first() is not None


async def note_answer(session: AsyncSession, call: CallKey, *, allowed: bool) -> None:
    """The last word of a caller."""
    company_id, call_id = call
    answer = insert(Consent).values(company_id=company_id, call_id=call_id, kind=RECORDING, allowed=allowed)
    await session.execute(
        answer.on_conflict_do_update(
            index_elements=["company_id", "call_id", "kind"],
            set_={"allowed": answer.excluded.allowed, "at": answer.excluded.at},
        )
    )


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

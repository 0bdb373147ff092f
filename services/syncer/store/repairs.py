"""How far each provider was read for repair, and which of the things found there are news to us."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from services.syncer.merge.booking import BookingState, differences, merge
from services.syncer.merge.call import RANKS
from services.syncer.merge.reading import read_observation
from services.syncer.store.appointment_rows import state_of
from shared.contracts.envelope import now
from shared.contracts.events import BookingObserved, CallObserved
from shared.contracts.ids import digest
from shared.contracts.retell import call_of
from shared.db.consents import answers, ask_callers
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.tables import Appointment, Call, Company, RepairPosition
from shared.db.turns import claim

Provider = Literal["calcom", "retell"]
Observed = BookingObserved | CallObserved


@dataclass(frozen=True, slots=True)
class Kept:
    """What was news. ``lost``: how old each change is, in seconds, whose webhook did not reach us.

    ``corrected``: how many others differed in a detail, of which no webhook tells.
    """

    lost: tuple[float, ...] = ()
    corrected: int = 0


NOTHING: Final = Kept()

_KEYS: Final[dict[Provider, InstrumentedAttribute[bytes | None]]] = {
    "calcom": Company.calcom_api_key_encrypted,
    "retell": Company.retell_api_key_encrypted,
}
#: Of what else changes at Cal.com no webhook tells.
_TOLD_BY_WEBHOOKS: Final = frozenset({"status", "start_at", "no_show"})


class Repairs:
    """Reads appointments and calls; writes ``repair_positions`` and emits what was missed."""

    def __init__(self, database: Database, *, source: str, provider: Provider = "calcom") -> None:
        self._database = database
        self._source = source
        self._provider = provider

    async def claim(self, every: float) -> dict[str, datetime]:
        """Companies whose turn it is, with their positions; no other replica has them for ``every`` seconds.

        A company met for the first time is read from now on: what was before it came is not news.
        """
        async with self._database.transaction() as session:
            return await claim(session, self._provider, _KEYS[self._provider], every)

    async def untold(self, company_id: str, found: Sequence[CallObserved]) -> set[str]:
        """Ids of those whose transcript we may have and have not, nor were told not to expect."""
        ids = {event.call_id for event in found}
        told = select(Call.call_id).where(
            Call.company_id == company_id,
            Call.call_id.in_(ids),
            or_(Call.transcript_state.is_not(None), Call.transcript.is_not(None)),
        )
        async with self._database.transaction() as session:
            missing = ids - set((await session.execute(told)).scalars())
            answered = await answers(session, {(company_id, call_id) for call_id in missing})
            unasked = not ask_callers(await session.get(Company, company_id))
            return {call_id for call_id in missing if answered.get((company_id, call_id), unasked)}

    async def keep(self, company_id: str, found: Sequence[Observed], position: datetime) -> Kept:
        """Emit what is news and remember the position, which never goes back."""
        async with self._database.transaction() as session:
            news = [told for event in found if (told := await _news(session, event)) is not None]
            for each in news:
                await emit(session, each.event, source=self._source)
            await session.execute(
                update(RepairPosition)
                .where(RepairPosition.company_id == company_id, RepairPosition.provider == self._provider)
                .values(position=func.greatest(RepairPosition.position, position))
            )
        lost = tuple(each.age for each in news if each.lost)
        return Kept(lost, len(news) - len(lost))


@dataclass(frozen=True, slots=True)
class _News:
    """An event worth telling. ``age``: seconds since it happened; ``lost``: a webhook should have told it."""

    event: Observed
    age: float
    lost: bool


async def _news(session: AsyncSession, event: Observed) -> _News | None:
    if isinstance(event, BookingObserved):
        return await _of_booking(session, event)
    return await _of_call(session, event)


async def _of_booking(session: AsyncSession, event: BookingObserved) -> _News | None:
    """Only where merging it would change what we show."""
    change = read_observation(event.booking, event.observed_at)
    if change is None:
        return None
    query = select(Appointment).where(
        Appointment.company_id == event.company_id, Appointment.calcom_uid == event.uid
    )
    row = (await session.execute(query)).scalar_one_or_none()
    before = state_of(row) if row else BookingState()
    found = differences(before, merge(before, change))
    if not found:
        return None
    told = event.model_copy(update={"differs": digest(repr(sorted(found.items())))[:16]})
    return _News(told, _since(event.updated_at), lost=bool(found.keys() & _TOLD_BY_WEBHOOKS))


async def _of_call(session: AsyncSession, event: CallObserved) -> _News | None:
    """Only a later stage, or what there is of a transcript of which we know nothing."""
    row = await session.get(Call, (event.company_id, event.call_id))
    call = call_of(event.call)
    later = row is None or RANKS[row.status] < RANKS.get(event.call_status, 0)
    untold = row is None or (row.transcript_state is None and row.transcript is None)
    if not later and not (untold and (event.whole or not call.has_transcript)):
        return None
    return _News(event, _since(call.end_timestamp), lost=later)


def _since(instant: datetime | None) -> float:
    return max(0.0, (now() - instant).total_seconds()) if instant else 0.0

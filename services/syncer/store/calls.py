"""Calls: changes are merged into rows; the end of a call and its analysis are told once each."""

from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.syncer.merge.call import FACTS, CallChange, CallState, TranscriptState, merge, silenced, tell
from services.syncer.merge.facts import UNSTAMPED, Fact, Facts, value_of
from services.syncer.merge.promises import Broken
from services.syncer.store.audits import audit, count
from services.syncer.store.call_outcomes import lock_call, outcome_of
from services.syncer.store.recordings import Recordings
from shared.contracts.events import CallRecorded
from shared.db.consents import refused
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.tables import Appointment, Booking, Call, PhoneNumber, Provisioning
from shared.observability.context import bind


class Calls:
    """Writes ``calls``."""

    def __init__(self, database: Database, *, source: str) -> None:
        self._database = database
        self._source = source
        self._recordings = Recordings(source=source)

    async def merge(self, company_id: str, change: CallChange) -> None:
        """Merge ``change`` and tell what is new. Idempotent; concurrent merges wait for each other."""
        found: tuple[Broken, ...] = ()
        async with self._database.settling() as session:
            await lock_call(session, company_id, change.call_id)
            row = await _row(session, company_id, change.call_id)
            bind(call_id=row.call_id, branch_id=row.branch_id)
            before = _state_of(row)
            after, is_news = tell(merge(before, change))
            branch_id = row.branch_id or await _branch_of(session, row, after)
            if not await self._recordings.may_keep(session, company_id, change, after, branch_id):
                after = silenced(after)
            if after == before:
                return
            _write(row, after)
            row.branch_id = branch_id
            bind(branch_id=branch_id)
            row.outcome = await outcome_of(session, row)
            await session.flush()
            if is_news:
                await emit(session, _recorded(row), source=self._source)
                found = await audit(session, row, source=self._source)
        count(found)

    async def audit(self, company_id: str, call_id: str) -> None:
        """What was promised in the call is there by now, or it is broken. Idempotent."""
        async with self._database.settling() as session:
            await lock_call(session, company_id, call_id)
            row = await session.get(Call, (company_id, call_id), with_for_update=True)
            found = await audit(session, row, source=self._source, is_last=True) if row else ()
        count(found)

    async def silence(self, company_id: str, call_id: str) -> None:
        """Drop what was said in a call whose caller refused, unless they have agreed since. Idempotent."""
        async with self._database.settling() as session:
            await lock_call(session, company_id, call_id)
            row = await session.get(Call, (company_id, call_id), with_for_update=True)
            # Without a row there is nothing yet: whoever writes it looks at the refusal.
            if row is not None and await refused(session, {(company_id, call_id)}):
                bind(branch_id=row.branch_id)
                _write(row, silenced(_state_of(row)))

    async def is_no(self, company_id: str, call_id: str) -> bool:
        """Whether the last word of the caller about a recording was no."""
        async with self._database.transaction() as session:
            return bool(await refused(session, {(company_id, call_id)}))


async def _row(session: AsyncSession, company_id: str, call_id: str) -> Call:
    await session.execute(
        insert(Call)
        .values(company_id=company_id, call_id=call_id, status="", version=0)
        .on_conflict_do_nothing(index_elements=[Call.company_id, Call.call_id])
    )
    query = select(Call).where(Call.company_id == company_id, Call.call_id == call_id).with_for_update()
    return (await session.execute(query)).scalar_one()


def _state_of(row: Call) -> CallState:
    stamps: dict[str, int] = row.provenance.get("stamps", {})
    facts = {
        name: Fact(value, stamps.get(name, UNSTAMPED))
        for name in FACTS
        if (value := getattr(row, name)) is not None
    }
    stage: Any = row.status
    transfers = {transfer["id"]: transfer for transfer in row.transfers}
    told, known = row.provenance.get("told", ""), cast("TranscriptState | None", row.transcript_state)
    return CallState(stage, facts, transfers, told, row.version, known)


def _write(row: Call, state: CallState) -> None:
    for name in FACTS:
        setattr(row, name, value_of(state.facts, name))
    row.transcript_state = state.transcript_state
    row.status = state.stage
    row.version = state.version
    row.transfers = sorted(state.transfers.values(), key=lambda each: (each["at"], each["id"]))
    row.provenance = {
        "stamps": {name: fact.at for name, fact in state.facts.items()},
        "told": state.told,
    }
    row.updated_at = func.now()


async def _branch_of(session: AsyncSession, row: Call, state: CallState) -> str | None:
    """By the agent that answered, else the number that was called, else what was booked in the call."""
    for query in _branch_queries(row.company_id, row.call_id, state.facts):
        branch_id: str | None = (await session.execute(query.limit(1))).scalar_one_or_none()
        if branch_id is not None:
            return branch_id
    return None


def _branch_queries(company_id: str, call_id: str, facts: Facts) -> Iterator[Select[Any]]:
    agent_id = value_of(facts, "agent_id")
    # Compared with nothing, a column would be asked whether it is null: those whose agent is not made yet.
    if agent_id is not None:
        yield (
            select(Provisioning.branch_id)
            .where(Provisioning.company_id == company_id, Provisioning.agent_id == agent_id)
            .order_by(Provisioning.branch_id)
        )
    ours = value_of(facts, "from_number" if value_of(facts, "direction") == "outbound" else "to_number")
    if ours is not None:
        yield select(PhoneNumber.branch_id).where(
            PhoneNumber.company_id == company_id, PhoneNumber.number == ours
        )
    for told_of in (Booking, Appointment):
        yield select(told_of.branch_id).where(told_of.company_id == company_id, told_of.call_id == call_id)


def _recorded(row: Call) -> CallRecorded:
    return CallRecorded(
        company_id=row.company_id,
        call_id=row.call_id,
        version=row.version,
        stage="analyzed" if row.status == "analyzed" else "ended",
        branch_id=row.branch_id,
        from_number=row.from_number,
        started_at=row.started_at,
        duration_seconds=None if row.duration_ms is None else row.duration_ms / 1000,
        disconnection_reason=row.disconnection_reason,
        summary=row.summary,
        outcome=row.outcome,
    )

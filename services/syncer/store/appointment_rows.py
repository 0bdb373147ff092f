"""A row of ``appointments`` ↔ the state that is merged. Where each fact came from is in ``provenance``."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.syncer.merge.booking import FACTS, BookingState, Told
from services.syncer.merge.facts import UNSTAMPED, Fact, Facts
from services.syncer.merge.status import Claim, Observation, Status
from shared.db.tables import Appointment


class Provenance(BaseModel):
    """The part of the state that has no column. Times are ISO 8601, stamps microseconds since 1970."""

    model_config = ConfigDict(extra="ignore")

    claims: list[tuple[Status, datetime, datetime]] = []
    observation: tuple[Status, datetime, datetime | None] | None = None
    stamps: dict[str, int] = {}
    attendance: dict[str, tuple[bool, int]] = {}
    previous_start: tuple[datetime, int] | None = None
    told: tuple[Status, datetime, bool] | None = None


async def locked(session: AsyncSession, company_id: str, uid: str) -> Appointment:
    """The booking's row, made if missing, locked until the end of the transaction."""
    await session.execute(
        insert(Appointment)
        .values(company_id=company_id, calcom_uid=uid, status="unknown", version=0)
        .on_conflict_do_nothing(index_elements=[Appointment.company_id, Appointment.calcom_uid])
    )
    query = (
        select(Appointment)
        .where(Appointment.company_id == company_id, Appointment.calcom_uid == uid)
        .with_for_update()
    )
    return (await session.execute(query)).scalar_one()


def state_of(row: Appointment) -> BookingState:
    """The state as it was merged last."""
    known = Provenance.model_validate(row.provenance)
    return BookingState(
        claims={status: Claim(at, received) for status, at, received in known.claims},
        observation=Observation(*known.observation) if known.observation else None,
        facts=_facts(row, known),
        attendance={email: Fact(absent, at) for email, (absent, at) in known.attendance.items()},
        last_event_at=row.last_event_at,
        last_webhook_at=row.last_webhook_at,
        told=Told(*known.told) if known.told else None,
        version=row.version,
    )


def write(row: Appointment, state: BookingState) -> None:
    """Set every column that is merged."""
    for name in FACTS:
        setattr(row, name, state.facts[name].value if name in state.facts else _empty(name))
    row.status = state.status
    row.no_show = state.no_show
    row.last_event_at = state.last_event_at
    row.last_webhook_at = state.last_webhook_at
    row.version = state.version
    row.provenance = _provenance(state).model_dump(mode="json", exclude_defaults=True)
    row.updated_at = func.now()


def _facts(row: Appointment, known: Provenance) -> Facts:
    # An empty column with a stamp: somebody said that there is none.
    facts = {
        name: Fact(None if value == "" else value, known.stamps.get(name, UNSTAMPED))
        for name in FACTS
        if (value := getattr(row, name)) not in {None, ""} or name in known.stamps
    }
    if known.previous_start is not None:
        facts["previous_start"] = Fact(*known.previous_start)
    return facts


def _provenance(state: BookingState) -> Provenance:
    seen, told = state.observation, state.told
    previous = state.facts.get("previous_start")
    return Provenance(
        claims=[(status, claim.at, claim.received) for status, claim in state.claims.items()],
        observation=(seen.status, seen.updated_at, seen.observed_at) if seen else None,
        stamps={name: fact.at for name, fact in state.facts.items() if name in FACTS},
        attendance={email: (fact.value, fact.at) for email, fact in state.attendance.items()},
        previous_start=(previous.value, previous.at) if previous else None,
        told=(told.status, told.start, told.no_show) if told else None,
    )


def _empty(name: str) -> Any:
    return "" if name == "title" else None

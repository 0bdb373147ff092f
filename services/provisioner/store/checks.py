"""What a check needs of our own, and where it keeps what it found."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.provisioner.content.findings import EventTypeSeen, Finding
from shared.contracts import names
from shared.contracts.events import BranchCheckRequested
from shared.db.engine import Database
from shared.db.scheduled import emit_later
from shared.db.tables import BranchCheck, CalcomEventType, Provisioning

#: A person reads it within minutes.
_KEPT: Final = timedelta(days=1)
_VERDICT: Final = "verdict"


@dataclass(frozen=True, slots=True)
class Again:
    """Look again in ``delay`` seconds."""

    event: BranchCheckRequested
    delay: float


class Checks:
    """Table ``branch_checks``, and what the catalogue and the provisioning know of a branch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def agent_of(self, company_id: str, branch_id: str) -> str | None:
        """Id of the agent that was made for the branch."""
        async with self._database.transaction() as session:
            row = await session.get(Provisioning, (company_id, branch_id))
        return None if row is None else row.agent_id

    async def event_types(
        self, company_id: str, branch_id: str, numbers: Collection[int]
    ) -> Mapping[int, EventTypeSeen] | None:
        """Those of ``numbers`` that Cal.com lists; None where it was never read."""
        mine = CalcomEventType.company_id == company_id
        chosen = select(CalcomEventType).where(
            mine, CalcomEventType.id.in_(numbers), CalcomEventType.gone_at.is_(None)
        )
        async with self._database.transaction() as session:
            if await session.scalar(select(func.count()).where(mine)) == 0:
                return None
            rows = (await session.execute(chosen)).scalars().all()
        return {row.id: _seen(row, branch_id) for row in rows}

    async def keep(
        self, asked: BranchCheckRequested, findings: Sequence[Finding], again: Again | None = None
    ) -> None:
        """Rows, what follows and the delivery in one transaction. Idempotent: a repeat overwrites."""
        async with self._database.settling() as session:
            placed = await _places(session, asked)
            for finding in findings:
                place = placed.setdefault(finding.name, len(placed))
                await session.execute(_upsert(asked, place, finding))
            if again is not None:
                queue = names.PROVISIONER_BRANCHES
                await emit_later(session, again.event, source="provisioner", queue=queue, delay=again.delay)
            await _forget_old(session, asked)

    async def results(self, asked: BranchCheckRequested) -> list[tuple[str, bool | None]]:
        """Name and result of what was found so far, without the verdict."""
        query = (
            select(BranchCheck.name, BranchCheck.ok)
            .where(*_run(asked), BranchCheck.name != _VERDICT)
            .order_by(BranchCheck.place)
        )
        async with self._database.transaction() as session:
            return [(name, ok) for name, ok in await session.execute(query)]


def _seen(row: CalcomEventType, branch_id: str) -> EventTypeSeen:
    concerned = [warning for warning in row.warnings if warning.get("branch_id") == branch_id]
    return EventTypeSeen(
        row.bookable,
        row.reason_de,
        row.reason_en,
        "; ".join(warning["de"] for warning in concerned),
        "; ".join(warning["en"] for warning in concerned),
    )


async def _places(session: AsyncSession, asked: BranchCheckRequested) -> dict[str, int]:
    query = select(BranchCheck.name, BranchCheck.place).where(*_run(asked))
    return {row.name: row.place for row in await session.execute(query)}


def _run(asked: BranchCheckRequested) -> tuple[Any, ...]:
    return (
        BranchCheck.company_id == asked.company_id,
        BranchCheck.branch_id == asked.branch_id,
        BranchCheck.run_id == asked.run_id,
    )


def _upsert(asked: BranchCheckRequested, place: int, finding: Finding) -> Any:
    key = {
        "company_id": asked.company_id,
        "branch_id": asked.branch_id,
        "run_id": asked.run_id,
        "name": finding.name,
    }
    values = {
        "place": place,
        "ok": finding.ok,
        "found_de": finding.found.de,
        "found_en": finding.found.en,
        "advice_de": finding.advice.de if finding.advice else None,
        "advice_en": finding.advice.en if finding.advice else None,
    }
    statement = insert(BranchCheck).values(**key, **values)
    return statement.on_conflict_do_update(
        index_elements=list(key), set_={**values, "checked_at": func.now()}
    )


async def _forget_old(session: AsyncSession, asked: BranchCheckRequested) -> None:
    await session.execute(
        delete(BranchCheck).where(
            BranchCheck.company_id == asked.company_id,
            BranchCheck.branch_id == asked.branch_id,
            BranchCheck.run_id != asked.run_id,
            BranchCheck.checked_at < func.now() - _KEPT,
        )
    )

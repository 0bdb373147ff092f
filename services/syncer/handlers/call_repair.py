"""Retell gives up after three tries: calls are read regularly, so that a lost webhook is made good."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from services.syncer.handlers.repair import Report, eight_at_once
from services.syncer.merge.call import observed_stage
from services.syncer.store.repairs import Kept
from shared.contracts.envelope import now
from shared.contracts.events import CallObserved
from shared.contracts.retell import analysis_of, call_of

#: Retell lists calls by their start: the longest call, and the time its analysis takes.
_LONGEST_CALL: Final = timedelta(hours=2)
#: Three tries of a webhook with their waits; what is younger may still be on its way to us.
_SETTLED_AFTER: Final = timedelta(minutes=2)


class CallPositions(Protocol):
    """How far each company was read."""

    async def claim(self, every: float) -> dict[str, datetime]:
        """Companies whose turn it is, with their positions."""
        ...

    async def keep(self, company_id: str, found: Sequence[CallObserved], position: datetime) -> Kept:
        """Emit what is new and remember the position."""
        ...


class RecentCalls(Protocol):
    """A company's calls at Retell."""

    async def started_since(self, company_id: str, since: datetime) -> Sequence[dict[str, Any]]:
        """Retell's objects; empty where there is no key."""
        ...


@dataclass(frozen=True, slots=True)
class RepairCalls:
    """One round. A company that cannot be read now does not hold up the others: its position stays."""

    positions: CallPositions
    calls: RecentCalls
    report: Report
    every: float

    async def __call__(self) -> None:
        await eight_at_once(await self.positions.claim(self.every), self._read, self.report)

    async def _read(self, company_id: str, position: datetime) -> Kept:
        began = now()
        calls = await self.calls.started_since(company_id, position - _LONGEST_CALL)
        found = [event for call in calls if (event := _observed(company_id, call, began)) is not None]
        return await self.positions.keep(company_id, found, began)


def _observed(company_id: str, data: dict[str, Any], began: datetime) -> CallObserved | None:
    call = call_of(data)
    stage = observed_stage(call, analyzed=analysis_of(data) is not None)
    ended = call.end_timestamp or call.start_timestamp
    if call.call_id is None or stage == "started" or ended is None or ended > began - _SETTLED_AFTER:
        return None
    # The stage, not Retell's "ended": a call may be observed once at its end and once with its analysis.
    return CallObserved(company_id=company_id, call_id=call.call_id, call_status=stage, call=data)

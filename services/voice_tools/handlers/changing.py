"""Moving and cancelling, once: row, then calendar, then outcome."""

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from services.voice_tools.handlers.answers import moment_of, reply
from services.voice_tools.handlers.budgets import ATTEMPT
from services.voice_tools.handlers.entering import LiveCalls
from services.voice_tools.handlers.in_flight import Attempt, InFlight
from services.voice_tools.handlers.offering import FreeSlots
from services.voice_tools.values import Answer, Attempted, Call, Change, Outcome, Result
from shared.errors import InfrastructureError

Before: TypeAlias = Literal["pending", "already", "already_awaiting", "passed_on", "failed"]


class Changes(Protocol):
    """The rows of attempts to change."""

    async def find(self, company_id: str, token: str) -> Attempted | None: ...

    async def begin(self, change: Change) -> Result | None: ...

    async def told_pending(self, company_id: str, token: str) -> bool: ...

    async def finish(self, change: Change, outcome: Outcome, *, waited: bool) -> bool: ...


class Changer(Protocol):
    """The calendar."""

    async def change(self, change: Change, *, seconds: float) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class Changing:
    """Shared by moving and cancelling."""

    changes: Changes
    changer: Changer
    live: LiveCalls
    attempts: InFlight[Result]
    slots: FreeSlots

    async def outcome(self, call: Call, change: Change) -> Outcome | Before:
        """What became of it; ``already…`` and ``passed_on``: by an earlier attempt of this call."""
        attempt = self.attempts.of(change.token)
        if attempt is None:
            before = await self.changes.find(change.company_id, change.token)
            if before is not None and before.state != "refused":
                return await self._before(change, before)
            if not call.line.begin():
                return "failed"
            attempt = self.attempts.start(change.token, lambda attempt: self._attempt(call, change, attempt))
        result = await attempt.within(call.left(self.attempts.soft))
        return await self._before(change, result) if isinstance(result, Attempted) else result or "pending"

    async def _before(self, change: Change, attempt: Attempted) -> Before:
        """What there is to say of it; who waits for it is noted."""
        if _before(attempt) != "pending" or await self.changes.told_pending(change.company_id, change.token):
            return _before(attempt)
        return _before(await self.changes.find(change.company_id, change.token) or attempt)

    async def _attempt(self, call: Call, change: Change, attempt: Attempt[Result]) -> None:
        attempt.known = await self._hindered(call, change, attempt)
        if attempt.known is not None:
            if attempt.waited and isinstance(attempt.known, Outcome):
                await self._tell(call, change, attempt.known)
            return
        outcome = attempt.known = await self.changer.change(change, seconds=call.left(ATTEMPT))
        heard = attempt.waited
        if heard:
            await self._tell(call, change, outcome)
        await self._noted(change, outcome)
        if await self.changes.finish(change, outcome, waited=heard) and not heard:
            await self._tell(call, change, outcome)

    async def _hindered(self, call: Call, change: Change, attempt: Attempt[Result]) -> Result | None:
        """What stands in the way of this attempt, None once it has begun."""
        try:
            return await self.changes.begin(change)
        except InfrastructureError:
            if attempt.waited:
                await self.live.tell(call.company_id, call.call_id, reply(call, "failed").say)
            raise

    async def _noted(self, change: Change, outcome: Outcome) -> None:
        """What the calendar has free now is known before any webhook tells."""
        slot, done = change.slot, outcome.kind in {"done", "awaiting"}
        if slot is not None and (done or outcome.kind == "taken"):
            await self.slots.took(change.company_id, slot.event_type_id, slot.start, slot.end)
        if done and change.found.event_type_id is not None:
            await self.slots.freed(change.company_id, change.found.event_type_id)

    async def _tell(self, call: Call, change: Change, outcome: Outcome) -> None:
        await self.live.tell(call.company_id, call.call_id, told(call, change, outcome).say)


def _before(attempt: Attempted) -> Before:
    match attempt.state:
        case "booked":
            return "already_awaiting" if attempt.awaiting else "already"
        case "requested":
            return "passed_on"
        case _:
            return "pending"


def told(call: Call, change: Change, outcome: Outcome | str) -> Answer:
    """The sentence for what became of a change."""
    kind = outcome.kind if isinstance(outcome, Outcome) else outcome
    match kind:
        case "done" | "awaiting" | "already" | "already_awaiting":
            fields = {"already": True} if kind.startswith("already") else {}
            new = moment_of(call, change.start)
            key = _done(change, awaiting=kind.endswith("awaiting"))
            return reply(call, key, fields, moment=moment_of(call, change.found.start), new=new)
        case "pending" | "failed":
            return reply(call, kind)
        case "taken":
            return reply(call, "taken_only")
        case "refused":
            return reply(call, "change_refused")
        case _:
            return reply(call, "change_passed_on")


def _done(change: Change, *, awaiting: bool) -> str:
    if change.kind == "cancel":
        return "cancelled"
    return "rescheduled_awaiting" if awaiting else "rescheduled"

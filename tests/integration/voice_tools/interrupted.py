"""A booking during which the database goes away, at a moment that can be chosen."""

from collections.abc import Callable

from shared.contracts.envelope import Envelope
from tests.integration.voice_tools.far import SLACK, Far
from tests.integration.voice_tools.salon import next_open_day
from tests.proxy import FaultProxy
from tests.support import eventually

Fault = Callable[[FaultProxy], None]
#: From the first question to the database until the outcome is committed a booking sends it fewer pieces.
PIECES = 30
_TOLD = {"eingetragen": {"booked"}, "notiert": {"requested"}, "Moment": {"booked", "requested"}}


async def interrupted(far: Far, pieces: int, fault: Fault) -> str:
    """Somebody books and the database goes away; back again, there is what they were told. Its state."""
    caller = far.another_call()

    async def offered() -> bool:
        return (await caller.salon.offered(next_open_day(pieces)))["status"] == "free"

    await eventually(offered, of="free times")
    far.way.after(pieces, lambda: fault(far.way))
    said, seconds = await caller.book()
    far.way.heal()
    assert seconds < 2.5 + SLACK, (pieces, said)
    told = next(states for word, states in _TOLD.items() if word in said)

    async def settled() -> bool:
        attempts = await caller.attempts()
        return [each.state in {"booked", "requested"} for each in attempts] == [True]

    await eventually(settled, of=f"a booking or a wish after {pieces} pieces: {said}")
    state = (await caller.attempt()).state
    wishes = [each for each in await caller.salon.events("booking.requested") if _is_of(each, caller)]
    bookings = [
        each
        for each in await caller.salon.bookings_at_calcom()
        if each["metadata"]["call_id"] == caller.salon.call_id
    ]
    assert state in told, (pieces, said)
    assert (len(bookings), len(wishes)) == ((1, 0) if state == "booked" else (0, 1)), (pieces, said)
    return state


def _is_of(event: Envelope, caller: Far) -> bool:
    return bool(event.data["call_id"] == caller.salon.call_id)

"""One look at a bulk operation within the session that holds its row: what became of it, and what is next.

All of a look is one transaction. A console that dies in the middle of it has sent nothing, and knows nothing
of it; one that dies after it finds each letter where it left it.

Rows are named by their keys, at most 5,000 at once: tables that were filled a second ago have no statistics
yet, and a join over them may be planned as a walk through all of one for each of the other.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, and_, case, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.dead_counts import moved
from shared.db.settling import OPEN_STATES
from shared.db.tables import Delivery, OperationItem

#: What is on its way without an outcome is at most 4 s of the highest rate, 4,000.
_AT_ONCE: Final = 5_000
#: Behind closed doors; those that are not are found among so many.
_WINDOW: Final = 10_000
#: Given up or let go: nobody else is asked, and each is a row.
BATCH: Final = 5_000
_LOOK_AGAIN: Final = timedelta(seconds=5)
_LONGEST_WHY: Final = 300

#: What failed once goes on being followed where it waits for its redelivery. A row that is gone was settled:
#: only such are folded.
_VERDICT: Final = case(
    (or_(Delivery.state.is_(None), Delivery.state == "done"), "done"),
    (Delivery.state.in_(("dead", "discarded")), "failed"),
    else_="failing",
)
_LAST: Final = Delivery.history[-1]
_WHY: Final = case(
    (
        and_(Delivery.state.is_not(None), Delivery.state != "done"),
        func.left(func.concat_ws(": ", _LAST["class"].astext, _LAST["message"].astext), _LONGEST_WHY),
    )
)
#: The first failed attempt of the new run counts at once: what fails for a passing reason would be tried for
#: hours before it is dead again.
_JUDGED: Final = or_(Delivery.state.is_(None), Delivery.state.not_in(OPEN_STATES), Delivery.attempt > 0)


@dataclass(frozen=True, slots=True)
class Doors:
    """Where nothing is sent: ``queues`` as a whole, and a company's letters in a queue."""

    queues: tuple[str, ...] = ()
    companies: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """How many left the dead letters, and how many (``skipped``) were not dead any more."""

    number: int
    skipped: int


async def look(session: AsyncSession, operation_id: int, *, copies: bool) -> dict[str, int]:
    """Newly known outcomes of what was sent: done, failing, failed."""
    query = _followed(operation_id, "sent", copies=copies).where(_JUDGED)
    return await _judge(session, operation_id, query.order_by(OperationItem.place))


async def follow(session: AsyncSession, operation_id: int, *, copies: bool) -> dict[str, int]:
    """What became of those that had failed once, the longest unseen first."""
    query = _followed(operation_id, "failing", copies=copies)
    unseen = OperationItem.checked_at < func.now() - _LOOK_AGAIN
    return await _judge(session, operation_id, query.where(unseen).order_by(OperationItem.checked_at))


async def parked(session: AsyncSession, operation_id: int, *, copies: bool) -> int:
    """How many of what was sent wait for a circuit that opened meanwhile."""
    query = (
        select(func.count())
        .select_from(OperationItem)
        .join(Delivery, _same(copies=copies))
        .where(
            OperationItem.operation_id == operation_id,
            OperationItem.state == "sent",
            Delivery.waits_for.is_not(None),
        )
    )
    return int((await session.execute(query)).scalar_one())


async def next_ones(
    session: AsyncSession, operation_id: int, number: int, doors: Doors
) -> list[tuple[int, int]]:
    """(place, id) of the next ``number`` that no door is before, in their order."""
    query = (
        select(OperationItem.place, OperationItem.delivery_id)
        .where(
            OperationItem.operation_id == operation_id,
            OperationItem.state == "chosen",
            OperationItem.queue.not_in(doors.queues),
        )
        .order_by(OperationItem.place)
        .limit(max(number, _WINDOW) if doors.companies else number)
    )
    rows = [(int(row[0]), int(row[1])) for row in await session.execute(query)]
    behind = await _behind(session, [one for _, one in rows], doors)
    return [row for row in rows if row[1] not in behind][:number]


async def send(
    session: AsyncSession, operation_id: int, chosen: Sequence[tuple[int, int]], per_second: float
) -> Moved:
    """Spread over the time that they take at ``per_second``; under their event ids, attempts count anew."""
    session.info["outbox"] = True
    ids = cast([one for _, one in chosen], ARRAY(BigInteger))
    due = func.now() + func.array_position(ids, Delivery.id) * timedelta(seconds=1 / per_second)
    again = {"attempt": 0, "first_seen_at": func.now(), "due_at": due, "waits_for": None}
    return await _leave(
        session, operation_id, chosen, "sent", Delivery.body.is_not(None), state="redelivery", **again
    )


async def discard(
    session: AsyncSession, operation_id: int, chosen: Sequence[tuple[int, int]], by: str, reason: str
) -> Moved:
    """Give them up for good."""
    settled = {"due_at": None, "waits_for": None, "settled_by": by, "settled_reason": reason}
    return await _leave(session, operation_id, chosen, "done", state="discarded", **settled)


async def let_go(session: AsyncSession, operation_id: int) -> int:
    """Another operation may have what was not sent; at most ``BATCH`` at once. Returns how many."""
    places = [place for place, _ in await next_ones(session, operation_id, BATCH, Doors())]
    await mark(session, operation_id, places, state="cancelled")
    return len(places)


async def mark(session: AsyncSession, operation_id: int, places: Sequence[int], **columns: Any) -> None:
    """The same of each."""
    if places:
        await session.execute(
            update(OperationItem)
            .where(
                OperationItem.operation_id == operation_id, OperationItem.place == func.any(_array(places))
            )
            .values(**columns)
        )


def _same(*, copies: bool) -> Any:
    if copies:
        return and_(Delivery.queue == OperationItem.queue, Delivery.event_id == OperationItem.new_event_id)
    return Delivery.id == OperationItem.delivery_id


def _followed(operation_id: int, state: str, *, copies: bool) -> Any:
    return (
        select(OperationItem.place, _VERDICT, _WHY)
        .select_from(OperationItem)
        .outerjoin(Delivery, _same(copies=copies))
        .where(OperationItem.operation_id == operation_id, OperationItem.state == state)
        .limit(_AT_ONCE)
    )


async def _judge(session: AsyncSession, operation_id: int, query: Any) -> dict[str, int]:
    """Write down each verdict; those with the same words in one statement."""
    alike: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for place, verdict, why in await session.execute(query):
        alike[verdict, why].append(place)
    found: dict[str, int] = defaultdict(int)
    for (verdict, why), places in alike.items():
        found[verdict] += len(places)
        await mark(session, operation_id, places, state=verdict, outcome=why, checked_at=func.now())
    return dict(found)


async def _behind(session: AsyncSession, ids: Sequence[int], doors: Doors) -> set[int]:
    if not doors.companies:
        return set()
    before = or_(
        *(and_(Delivery.queue == queue, Delivery.company_id == company) for queue, company in doors.companies)
    )
    query = select(Delivery.id).where(Delivery.id == func.any(_array(ids)), before)
    return set((await session.execute(query)).scalars())


async def _leave(
    session: AsyncSession,
    operation_id: int,
    chosen: Sequence[tuple[int, int]],
    became: str,
    *conditions: Any,
    **columns: Any,
) -> Moved:
    gone = await session.execute(
        update(Delivery)
        .where(
            Delivery.id == func.any(_array([one for _, one in chosen])), Delivery.state == "dead", *conditions
        )
        .values(updated_at=func.now(), **columns)
        .returning(Delivery.id, Delivery.group_id, func.jsonb_array_length(Delivery.history))
    )
    left = {row[0]: (row[1], row[2]) for row in gone}
    await moved(session, (group for group, _ in left.values()))
    by_failures: dict[int | None, list[int]] = defaultdict(list)
    for place, one in chosen:
        by_failures[left[one][1] if one in left else None].append(place)
    skipped = by_failures.pop(None, [])
    for failures, places in by_failures.items():
        await mark(session, operation_id, places, state=became, sent_at=func.now(), failures_before=failures)
    await mark(session, operation_id, skipped, state="skipped")
    return Moved(len(left), len(skipped))


def _array(keys: Sequence[int]) -> Any:
    return cast(list(keys), ARRAY(BigInteger))

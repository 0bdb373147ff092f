"""One look at an operation that patches: the next letters are read, and their copies sent in their place."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.edits import Replacement, replace
from services.ops_console.store.operation_steps import Moved, mark
from shared.db.batches import within
from shared.db.tables import Delivery


@dataclass(frozen=True, slots=True)
class Made:
    """What a patch made of the letter at ``place`` of an operation; ``why`` it is left as it was."""

    place: int
    replacement: Replacement | None
    why: str | None = None


async def read(session: AsyncSession, chosen: Sequence[tuple[int, int]]) -> list[tuple[int, Delivery | None]]:
    """(place, letter) of the first of ``chosen`` (place, id) that fit into memory; None: not dead now."""
    sizes = select(Delivery.id, func.coalesce(func.octet_length(Delivery.body), 0))
    known = {row[0]: row[1] for row in await session.execute(sizes.where(Delivery.id.in_(_ids(chosen))))}
    few = within((pair, known.get(pair[1], 0)) for pair in chosen)
    query = select(Delivery).where(Delivery.id.in_(_ids(few)), Delivery.state == "dead")
    rows = await session.execute(query.order_by(Delivery.id).with_for_update())
    letters = {row.id: row for row in rows.scalars()}
    return [(place, letters.get(one)) for place, one in few]


async def put(
    session: AsyncSession, operation_id: int, made: Sequence[Made], *, by: str, reason: str
) -> Moved:
    """The copies are on their way, and followed; the rest is left as it was, with the reason."""
    sent = 0
    for one in made:
        if one.replacement is None:
            await mark(session, operation_id, [one.place], state="skipped", outcome=one.why)
            continue
        await replace(session, one.replacement, by=by, reason=reason)
        told = {"new_event_id": one.replacement.entry.id, "failures_before": 0, "sent_at": func.now()}
        await mark(session, operation_id, [one.place], state="sent", **told)
        sent += 1
    return Moved(sent, len(made) - sent)


def _ids(chosen: Sequence[tuple[int, int]]) -> list[int]:
    return [one for _, one in chosen]

"""What is searched in dead letters, read some time after they died: who fails must not wait for an index."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.wire import searchable
from shared.db.batches import within
from shared.db.engine import Database
from shared.db.tables import DeadLetterText, Delivery, LoggedEvent

#: Some hundred milliseconds with their index entries.
_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Unread:
    """A dead letter whose text is not read yet; ``body`` None: nobody has its bytes."""

    id: int
    event_id: str
    event_type: str | None
    error: dict[str, Any] | None
    body: bytes | None


class LetterTexts:
    """Table ``dead_letter_texts``."""

    def __init__(self, database: Database, text_of: Callable[[Unread], str]) -> None:
        self._database = database
        self._text_of = text_of

    async def read(self) -> bool:
        """Read some; False: nothing was left. Several processes read different ones."""
        async with self._database.transaction() as session:
            letters = [Unread(*row) for row in (await session.execute(await _unread(session))).all()]
            if not letters:
                return False
            rows = [{"delivery_id": one.id, "text": searchable(self._text_of(one))} for one in letters]
            new = insert(DeadLetterText)
            changed = new.on_conflict_do_update(
                index_elements=[DeadLetterText.delivery_id], set_={"text": new.excluded.text}
            )
            await session.execute(changed, rows)
            return True


async def _unread(session: AsyncSession) -> Select[Any]:
    body = func.coalesce(Delivery.body, LoggedEvent.body)
    oldest = (
        select(DeadLetterText.delivery_id, func.coalesce(func.octet_length(body), 0))
        .join(Delivery, Delivery.id == DeadLetterText.delivery_id, isouter=True)
        .join(LoggedEvent, LoggedEvent.id == Delivery.event_id, isouter=True)
        .where(DeadLetterText.text.is_(None))
        .order_by(DeadLetterText.delivery_id)
        .limit(_AT_ONCE)
        .with_for_update(of=DeadLetterText, skip_locked=True)
    )
    chosen = within((row[0], row[1]) for row in await session.execute(oldest))
    return (
        select(DeadLetterText.delivery_id, Delivery.event_id, Delivery.event_type, Delivery.error, body)
        .join(Delivery, Delivery.id == DeadLetterText.delivery_id, isouter=True)
        .join(LoggedEvent, LoggedEvent.id == Delivery.event_id, isouter=True)
        .where(DeadLetterText.delivery_id.in_(chosen))
    )

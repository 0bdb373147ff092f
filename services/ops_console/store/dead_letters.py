"""Dead letters as people look for them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import defer

from services.ops_console.store.refusals import NotThereError
from shared.db.engine import Database
from shared.db.tables import AuditEntry, Delivery


@dataclass(frozen=True, slots=True)
class Selection:
    """Which dead letters; None: any. ``error`` is searched in class and message; ``ids`` are frozen ones."""

    queue: str | None = None
    company_id: str | None = None
    event_type: str | None = None
    reason: str | None = None
    error: str | None = None
    fingerprint: str | None = None
    ids: tuple[int, ...] | None = None
    state: str = "dead"

    @property
    def is_empty(self) -> bool:
        """Nothing was said: everything would be meant."""
        return all(value is None for name, value in asdict(self).items() if name != "state")

    def conditions(self) -> list[ColumnElement[bool]]:
        """As SQL."""
        columns = {
            Delivery.queue: self.queue,
            Delivery.company_id: self.company_id,
            Delivery.event_type: self.event_type,
            Delivery.reason: self.reason,
            Delivery.fingerprint: self.fingerprint,
        }
        equal: list[ColumnElement[bool]] = [
            column == value for column, value in columns.items() if value is not None
        ]
        chosen = [] if self.ids is None else [Delivery.id.in_(self.ids)]
        return [Delivery.state == self.state, *equal, *chosen, *self._search()]

    def _search(self) -> list[ColumnElement[bool]]:
        if self.error is None:
            return []
        places = (Delivery.error["class"].astext, Delivery.error["message"].astext)
        return [or_(*(place.icontains(self.error, autoescape=True) for place in places))]


@dataclass(frozen=True, slots=True)
class Story:
    """A dead letter whole, and what people did to it."""

    delivery: Delivery
    deeds: Sequence[AuditEntry]


class DeadLetters:
    """Table ``deliveries`` in the states dead and discarded."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, selection: Selection, limit: int, before: int | None = None) -> Sequence[Delivery]:
        """Newest first, without bodies; ``before``: only ids below it, for the next page."""
        query = select(Delivery).options(defer(Delivery.body)).where(*selection.conditions())
        query = query if before is None else query.where(Delivery.id < before)
        async with self._database.transaction() as session:
            rows = await session.execute(query.order_by(Delivery.id.desc()).limit(limit))
            return rows.scalars().all()

    async def count(self, selection: Selection) -> int:
        """How many there are."""
        query = select(func.count()).select_from(Delivery).where(*selection.conditions())
        async with self._database.transaction() as session:
            return int((await session.execute(query)).scalar_one())

    async def groups(self, selection: Selection, limit: int) -> Sequence[Any]:
        """(fingerprint, queue, reason, count, first, last, example id): 2,000 failures are often 3 errors."""
        query = (
            select(
                Delivery.fingerprint,
                Delivery.queue,
                func.max(Delivery.reason).label("reason"),
                func.count().label("count"),
                func.min(Delivery.updated_at).label("first"),
                func.max(Delivery.updated_at).label("last"),
                func.max(Delivery.id).label("example"),
            )
            .where(*selection.conditions())
            .group_by(Delivery.fingerprint, Delivery.queue)
            .order_by(func.count().desc())
        )
        async with self._database.transaction() as session:
            rows: Sequence[Any] = (await session.execute(query.limit(limit))).all()
        return rows

    async def show(self, letter_id: int) -> Story:
        """Any delivery by its number: a replayed one can still be looked at. Raises NotThereError."""
        deeds = select(AuditEntry).where(AuditEntry.target == target_of(letter_id)).order_by(AuditEntry.id)
        async with self._database.transaction() as session:
            row = (await session.execute(select(Delivery).where(Delivery.id == letter_id))).scalar()
            if row is None:
                raise unknown(letter_id)
            return Story(row, (await session.execute(deeds)).scalars().all())


def target_of(letter_id: int) -> str:
    """Its name in the audit trail."""
    return f"dead-letter:{letter_id}"


def unknown(letter_id: int) -> NotThereError:
    """There is none of that number."""
    return NotThereError(
        f"There is no dead letter {letter_id}; askpro dead-letters list shows what there is."
    )

"""Dead letters as people look for them."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, defer

from services.ops_console.store.letter_search import (
    BY_INDEX,
    NEWEST,
    among,
    by_index,
    checked,
    has_text,
    in_error,
)
from services.ops_console.store.paging import Keyset, Page
from services.ops_console.store.refusals import NotThereError
from shared.db.engine import Database
from shared.db.tables import (
    AttemptStack,
    AuditEntry,
    DeadLetterDelta,
    DeadLetterGroup,
    Delivery,
    LoggedEvent,
)

#: Who died last stands first; an index behind each filter has this order.
LAST_DIED: Final = Keyset((Delivery.updated_at, Delivery.id))
#: Nobody needs to know whether it is a million or two; groups know it without counting.
MOST_COUNTED: Final = 10_000
_GROUP_ID: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which dead letters; None: any. ``error`` is searched in class and message; ``ids`` are frozen ones.

    ``group``: its id, or the fingerprint of its letters as people read it. ``search``: a text in error or
    payload. ``since`` and ``until`` (not within): when they died.
    """

    queue: str | None = None
    company_id: str | None = None
    event_type: str | None = None
    reason: str | None = None
    error: str | None = None
    group: str | None = None
    ids: tuple[int, ...] | None = None
    state: str = "dead"
    search: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing was said: everything would be meant."""
        return all(value is None for name, value in asdict(self).items() if name != "state")

    def conditions(self) -> list[ColumnElement[bool]]:
        """As SQL."""
        found = [] if self.search is None else [has_text(checked(self.search))]
        return [*self.by_column(), *self.in_errors(), *found]

    def by_column(self) -> list[ColumnElement[bool]]:
        """As SQL, without what is searched in texts."""
        columns = {
            Delivery.queue: self.queue,
            Delivery.company_id: self.company_id,
            Delivery.event_type: self.event_type,
            Delivery.reason: self.reason,
            _group_column(self.group): self.group,
        }
        equal: list[ColumnElement[bool]] = [
            column == value for column, value in columns.items() if value is not None
        ]
        chosen = [] if self.ids is None else [Delivery.id.in_(self.ids)]
        since = [] if self.since is None else [Delivery.updated_at >= self.since]
        until = [] if self.until is None else [Delivery.updated_at < self.until]
        return [Delivery.state == self.state, *equal, *chosen, *since, *until]

    def texts(self) -> tuple[str, ...]:
        """What is searched in texts. Raises NotSoundError where one is too short."""
        return tuple(checked(one) for one in (self.search, self.error) if one is not None)

    def in_errors(self) -> list[ColumnElement[bool]]:
        """What a text behind the error's alone does not show."""
        return [] if self.error is None else [in_error(self.error)]


def _group_column(group: str | None) -> InstrumentedAttribute[str | None]:
    is_id = group is not None and _GROUP_ID.fullmatch(group) is not None
    return Delivery.group_id if is_id else Delivery.fingerprint


@dataclass(frozen=True, slots=True)
class Story:
    """A dead letter whole, what people did to it, and where it went.

    ``stacks``: of its attempts, oldest first. ``body``: its bytes, those of the log where its row has none.
    ``original``: the dead letter that this is an edit of; ``copies``: the edits of this one.
    """

    delivery: Delivery
    deeds: Sequence[AuditEntry]
    stacks: Sequence[AttemptStack] = ()
    body: bytes | None = None
    original: Delivery | None = None
    copies: Sequence[Delivery] = ()


class DeadLetters:
    """Table ``deliveries`` in the states dead and discarded."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, selection: Selection, limit: int, cursor: str | None = None) -> Page[Delivery]:
        """The last that died first, without bodies. Raises NotSoundError for a made-up cursor."""
        texts = selection.texts()
        async with self._database.transaction() as session:
            query = select(Delivery).where(*selection.by_column())
            if texts:
                await session.execute(BY_INDEX)
                newest = await _among_newest(session, selection, cursor, limit)
                query = by_index(*texts).where(*selection.by_column(), *selection.in_errors())
                query = query if newest is None else select(Delivery).where(Delivery.id.in_(newest))
            return LAST_DIED.cut(await _read(session, query, cursor, limit), limit)

    async def count(self, selection: Selection) -> int:
        """How many there are; of a selection at most ``MOST_COUNTED`` and one, of all of them each."""
        if selection.is_empty and selection.state == "dead":
            return await self._all()
        some = select(Delivery.id).where(*selection.conditions()).limit(MOST_COUNTED + 1).subquery()
        async with self._database.transaction() as session:
            return int((await session.execute(select(func.count()).select_from(some))).scalar_one())

    async def _all(self) -> int:
        counted = select(func.coalesce(func.sum(DeadLetterGroup.open), 0)).scalar_subquery()
        moved = select(func.coalesce(func.sum(DeadLetterDelta.delta), 0)).scalar_subquery()
        async with self._database.transaction() as session:
            return max(0, int((await session.execute(select(counted + moved))).scalar_one()))

    async def show(self, letter_id: int) -> Story:
        """Any delivery by its number: a replayed one can still be looked at. Raises NotThereError."""
        async with self._database.transaction() as session:
            row = (await session.execute(select(Delivery).where(Delivery.id == letter_id))).scalar()
            if row is None:
                raise unknown(letter_id)
            return await _story(session, row)


async def _among_newest(
    session: AsyncSession, selection: Selection, cursor: str | None, limit: int
) -> list[int] | None:
    """A page and more of what is searched, or all of it; None where it is not among the newest."""
    found: list[int] = []
    keys = select(Delivery.id, Delivery.updated_at).where(*selection.by_column())
    for size in NEWEST:
        rows = (await session.execute(LAST_DIED.page(keys, cursor, size))).all()[:size]
        ids = [row.id for row in rows]
        fitting = set((await session.execute(among(ids, selection.search, selection.error))).scalars())
        found += [one for one in ids if one in fitting]
        if len(found) > limit or len(rows) < size:
            return found[: limit + 1]
        cursor = LAST_DIED.of_row(rows[-1])
    return None


async def _read(session: AsyncSession, query: Any, cursor: str | None, limit: int) -> Sequence[Delivery]:
    lean = query.options(defer(Delivery.body), defer(Delivery.history), defer(Delivery.properties))
    rows: Sequence[Delivery] = (await session.execute(LAST_DIED.page(lean, cursor, limit))).scalars().all()
    return rows


async def _story(session: AsyncSession, row: Delivery) -> Story:
    async def all_of(query: Any) -> Sequence[Any]:
        found: Sequence[Any] = (await session.execute(query)).scalars().all()
        return found

    stacks = select(AttemptStack).where(AttemptStack.delivery_id == row.id).order_by(AttemptStack.at)
    original = await all_of(_lean().where(Delivery.id == row.copy_of)) if row.copy_of is not None else ()
    logged = select(LoggedEvent.body).where(LoggedEvent.id == row.event_id)
    return Story(
        delivery=row,
        deeds=await all_of(deeds_of(row.id)),
        stacks=await all_of(stacks),
        body=row.body if row.body is not None else next(iter(await all_of(logged)), None),
        original=next(iter(original), None),
        copies=await all_of(_lean().where(Delivery.copy_of == row.id).order_by(Delivery.id)),
    )


def _lean() -> Select[Any]:
    return select(Delivery).options(defer(Delivery.body), defer(Delivery.history), defer(Delivery.properties))


def deeds_of(letter_id: int) -> Select[Any]:
    """What people did to it, oldest first."""
    return select(AuditEntry).where(AuditEntry.target == target_of(letter_id)).order_by(AuditEntry.id)


def target_of(letter_id: int) -> str:
    """Its name in the audit trail."""
    return f"dead-letter:{letter_id}"


def unknown(letter_id: int) -> NotThereError:
    """There is none of that number."""
    return NotThereError(
        f"There is no dead letter {letter_id}; askpro dead-letters list shows what there is."
    )

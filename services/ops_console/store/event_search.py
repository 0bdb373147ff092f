"""What no index finds in the event log: looked for in so many events at a time, from the newest backwards."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.orm import aliased

from services.ops_console.store.events import Filter, Line, lines_of, without_bytes
from shared.contracts.wire import searchable
from shared.db.engine import Database
from shared.db.tables import LoggedEvent

#: Of each event's subject a few bytes are read: a tenth of a second.
_BY_SUBJECT: Final = 50_000
#: Of each event's document everything is: as many as PostgreSQL reads in well below a second, and no more of
#: them than 16 MiB as they lie on the disk, where transcripts have a fifth of their size.
_BY_TEXT: Final = 5_000
_MOST_BYTES: Final = 16 * 1024 * 1024

#: Whether a text stands in a document as the person who searches may see it.
Sees = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Wanted:
    """``subject``: exactly it. ``text``: anywhere in the document, in small or capital letters."""

    subject: str | None = None
    text: str | None = None

    @property
    def most(self) -> int:
        """How many events are looked at."""
        return _BY_SUBJECT if self.text is None else _BY_TEXT

    def conditions(self, event: Any) -> list[ColumnElement[bool]]:
        """As SQL on ``event``."""
        found: list[ColumnElement[bool]] = []
        if self.subject is not None:
            found.append(event.subject == self.subject)
        if self.text is not None:
            found.append(cast(event.document, Text).icontains(_as_json(self.text), autoescape=True))
        return found


@dataclass(frozen=True, slots=True)
class Found:
    """``next``: the log number below which nobody has looked yet; None: everything was looked at."""

    lines: Sequence[Line]
    next: int | None


class EventSearch:
    """Table ``event_log``. The cost of a step has a bound, whatever is searched and however rare it is.

    ``most_bytes``: of documents that are read in one step, as they lie on the disk.
    """

    def __init__(self, database: Database, *, most_bytes: int = _MOST_BYTES) -> None:
        self._database = database
        self._most_bytes = most_bytes

    async def find(self, chosen: Filter, wanted: Wanted, limit: int, sees: Sees) -> Found:
        """Newest first, of the next few thousand events that ``chosen`` leaves.

        ``sees`` decides once more on what PostgreSQL finds: nobody may learn by searching what no page shows.
        """
        looked_at = _looked_at(chosen, wanted, self._most_bytes)
        event = aliased(LoggedEvent, looked_at)
        query = select(event.id, event.seq, event.document).where(*wanted.conditions(event))
        async with self._database.transaction() as session:
            number, lowest = (
                await session.execute(select(func.count(), func.min(looked_at.c.seq)).select_from(looked_at))
            ).one()
            hits = (await session.execute(query.order_by(event.seq.desc()).limit(limit))).all()
            ids = [hit.id for hit in hits if wanted.text is None or sees(hit.document)]
            shown = select(LoggedEvent).where(LoggedEvent.id.in_(ids)).order_by(LoggedEvent.seq.desc())
            lines = await lines_of(session, without_bytes(shown))
        if len(hits) == limit:
            return Found(lines, hits[-1].seq)
        return Found(lines, lowest if number and await self._more(chosen, lowest) else None)

    async def _more(self, chosen: Filter, below: int) -> bool:
        query = select(LoggedEvent.seq).where(*chosen.conditions(), LoggedEvent.seq < below)
        async with self._database.transaction() as session:
            return (
                await session.execute(query.order_by(LoggedEvent.seq.desc()).limit(1))
            ).first() is not None


def _looked_at(chosen: Filter, wanted: Wanted, most_bytes: int) -> Any:
    """The newest of them, up to a number and to a size; at least one."""
    size = func.coalesce(func.pg_column_size(LoggedEvent.document), 0)
    read = func.sum(size).over(order_by=LoggedEvent.seq.desc()) - size
    newest = (
        select(LoggedEvent, read.label("read"))
        .where(*chosen.conditions())
        .order_by(LoggedEvent.seq.desc())
        .limit(wanted.most)
        .subquery()
    )
    if wanted.text is None:
        return newest
    return select(newest).where(newest.c.read < most_bytes).subquery()


def _as_json(text: str) -> str:
    """As it stands within a string of PostgreSQL's JSON."""
    return json.dumps(searchable(text), ensure_ascii=False)[1:-1]

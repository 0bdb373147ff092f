"""Some of many dead letters: enough to see what would become of all, and cheap however many there are."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import func, select

from services.ops_console.store.dead_letters import Selection
from shared.db.engine import Database
from shared.db.tables import Delivery

#: From both ends: their ids alone, from an index.
_END: Final = 5_000
#: Bodies have up to 5 MiB; those that are shown and tried are small ones.
_LONGEST_BODY: Final = 256 * 1024


class Samples:
    """Dead letters as a selection finds them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ids(self, selection: Selection) -> list[int]:
        """At most 10,000: the latest to die first, and behind them the first; each once."""
        at = (Delivery.updated_at, Delivery.id)
        newest = [column.desc() for column in at]
        found: dict[int, None] = {}
        async with self._database.transaction() as session:
            for order in (newest, at):
                query = select(Delivery.id).where(*selection.conditions(), Delivery.body.is_not(None))
                rows: Any = (await session.execute(query.order_by(*order).limit(_END))).scalars().all()
                found |= dict.fromkeys(rows if order is newest else rows[::-1])
        return list(found)

    async def read(self, ids: Sequence[int]) -> list[Delivery]:
        """Those of ``ids`` that are dead and not too long to be tried, in their order; ask for few."""
        query = select(Delivery).where(
            Delivery.id.in_(ids), Delivery.state == "dead", func.octet_length(Delivery.body) <= _LONGEST_BODY
        )
        async with self._database.transaction() as session:
            rows = {row.id: row for row in (await session.execute(query)).scalars()}
        return [rows[one] for one in ids if one in rows]

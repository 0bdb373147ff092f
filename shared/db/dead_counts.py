"""Dead letters by group: what came and what left, appended in the transaction of the deed.

Nobody counts the letters to show how many there are: a group's ``open`` and its deltas together say it,
whatever the table holds. The console folds the deltas into the groups.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.ids import digest
from shared.contracts.wire import searchable
from shared.db.tables import DeadLetterDelta

#: A release that moves code by a line keeps the group.
_LINE: Final = re.compile(r":[0-9]+ ")
_UNKNOWN: Final = "unknown"
_ARRIVED: Final = text(
    """
    with the_group as (
        insert into dead_letter_groups (id, queue, error_class, place)
        values (:id, :queue, :error_class, :place) on conflict do nothing returning id
    ), to_be_read as (
        insert into dead_letter_texts (delivery_id) select unnest(cast(:letters as bigint[]))
        on conflict (delivery_id) do update set text = null
    )
    insert into dead_letter_deltas (group_id, delta, fresh)
    values (:id, cardinality(cast(:letters as bigint[])), true)
    returning exists (select from the_group)
    """
)


@dataclass(frozen=True, slots=True)
class Group:
    """Dead letters of one ``error_class`` at one ``place`` (file and function) in one queue."""

    queue: str
    error_class: str
    place: str

    @classmethod
    def of(cls, error: Mapping[str, Any], queue: str) -> "Group":
        """Where a dead letter with this ``error`` (class, place) of ``queue`` belongs."""
        place = _LINE.sub(" ", str(error.get("place") or _UNKNOWN), count=1)
        return cls(queue, searchable(str(error.get("class") or _UNKNOWN)), searchable(place))

    @property
    def id(self) -> str:
        """The same for every process and release."""
        return digest(f"{self.error_class} at {self.place} in {self.queue}")[:16]


async def arrived(session: AsyncSession, group: Group, letters: Iterable[int]) -> bool:
    """``letters`` (``deliveries.id``) died within ``session``: they count, and are to be found by text.

    Returns whether the group is new.
    """
    about = {"queue": group.queue, "error_class": group.error_class, "place": group.place}
    told = await session.execute(_ARRIVED, {"id": group.id, **about, "letters": list(letters)})
    return bool(told.scalar_one())


async def moved(session: AsyncSession, groups: Iterable[str | None]) -> None:
    """Letters left ``dead`` within ``session``; ``groups``: the ``group_id`` of each of them.

    Each change of the state ``dead`` of a row calls this, in the transaction of the change.
    """
    left: dict[str, int] = {}
    for group in groups:
        if group is not None:
            left[group] = left.get(group, 0) + 1
    if left:
        rows = [{"group_id": group, "delta": -number, "fresh": False} for group, number in left.items()]
        await session.execute(insert(DeadLetterDelta), rows)

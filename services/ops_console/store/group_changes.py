"""What people say about a group of dead letters: its state, and a note. Each with before and after."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.audit import note
from services.ops_console.store.group_folding import FOLD_LOCK, fold
from services.ops_console.store.groups import target_of, unknown
from shared.db.engine import Database
from shared.db.tables import DeadLetterGroup

State = Literal["open", "acknowledged", "resolved", "ignored"]
_LIMITS: Final = ("until_at", "until_total", "until_per_hour")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person says. The ``until_*`` end ``ignored``: at a time, after so many more, at a rate."""

    state: State
    until_at: datetime | None = None
    until_more: int | None = None
    until_per_hour: int | None = None


class GroupChanges:
    """Each method is one transaction. Who says so knows what died before; what dies after is new."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def stand(self, group_id: str, standing: Standing, *, by: str, reason: str | None) -> None:
        """Raises NotThereError."""
        async with self._database.transaction() as session:
            # Nobody folds meanwhile: a death is either seen with this or makes the group open again.
            await session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": FOLD_LOCK})
            await fold(session, group_id)
            group = await _held(session, group_id)
            before = standing_of(group)
            set_standing(group, standing, by=by, reason=reason)
            action = f"group.{'reopened' if standing.state == 'open' else standing.state}"
            target, after = target_of(group_id), standing_of(group)
            await note(session, by, action, target, reason=reason, before=before, after=after)

    async def note(self, group_id: str, words: str | None, *, by: str) -> None:
        """``words`` None takes it away. Raises NotThereError."""
        async with self._database.transaction() as session:
            group = await _held(session, group_id)
            before, group.note = group.note, words
            target = target_of(group_id)
            await note(session, by, "group.noted", target, before={"note": before}, after={"note": words})


def set_standing(group: DeadLetterGroup, standing: Standing, *, by: str, reason: str | None) -> None:
    """The group is in another state from now on."""
    group.state, group.state_by, group.state_reason = standing.state, by, reason
    group.state_at = func.now()
    # Whoever says so has seen it: it is no news to anybody.
    group.alerted_at = group.alerted_at or func.now()
    group.until_at, group.until_per_hour = standing.until_at, standing.until_per_hour
    group.until_total = None if standing.until_more is None else group.total + standing.until_more


def standing_of(group: DeadLetterGroup) -> dict[str, Any]:
    """For the audit."""
    limits = {name: getattr(group, name) for name in _LIMITS}
    shown = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in limits.items()
    }
    return {"state": group.state, **{name: value for name, value in shown.items() if value is not None}}


async def _held(session: AsyncSession, group_id: str) -> DeadLetterGroup:
    query = select(DeadLetterGroup).where(DeadLetterGroup.id == group_id).with_for_update()
    group: DeadLetterGroup | None = (await session.execute(query)).scalar()
    if group is None:
        raise unknown(group_id)
    return group

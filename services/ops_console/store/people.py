"""Operators as an admin looks after them: who there is, what they may, and their sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.audit import note
from services.ops_console.store.operators import Role
from services.ops_console.store.refusals import NotPossibleError, NotThereError
from shared.db.engine import Database
from shared.db.tables import Operator, OperatorSession


@dataclass(frozen=True, slots=True)
class Colleague:
    """``sessions``: those that are open; ``last_seen_at``: in one of them."""

    operator: Operator
    sessions: int
    last_seen_at: datetime | None


class People:
    """Each change is written into the audit with what was before, and is felt with the next request.

    ``idle``: a session unused for so long is over.
    """

    def __init__(self, database: Database, *, idle: timedelta = timedelta(hours=1)) -> None:
        self._database = database
        self._open = (
            OperatorSession.expires_at > func.now(),
            OperatorSession.last_seen_at > func.now() - idle,
        )

    async def all(self) -> Sequence[Colleague]:
        """By name, those who were removed last."""
        query = (
            select(Operator, func.count(OperatorSession.token_hash), func.max(OperatorSession.last_seen_at))
            .outerjoin(OperatorSession, and_(OperatorSession.operator == Operator.name, *self._open))
            .group_by(Operator.name)
            .order_by(Operator.disabled_at.is_not(None), Operator.name)
        )
        async with self._database.transaction() as session:
            return [Colleague(*row) for row in (await session.execute(query)).all()]

    async def change(
        self, name: str, *, role: Role | None = None, may_reveal: bool | None = None, by: str
    ) -> None:
        """None leaves a thing as it is.

        Raises:
            NotThereError: no such operator.
            NotPossibleError: nobody would be admin any more.
        """
        given: dict[str, Any] = {"role": role, "may_reveal": may_reveal}
        wanted = {field: value for field, value in given.items() if value is not None}
        async with self._database.transaction() as session:
            if role not in {None, "admin"}:
                await _leave_an_admin(session, name)
            person = await _locked(session, name)
            before = {field: getattr(person, field) for field in wanted}
            for field, value in wanted.items():
                setattr(person, field, value)
            await note(session, by, "operator.changed", f"operator:{name}", before=before, after=wanted)

    async def remove(self, name: str, *, by: str) -> None:
        """Nobody comes in under this name any more, and who is in is out; the audit keeps the name.

        Raises:
            NotThereError: no such operator.
            NotPossibleError: it is oneself, or nobody would be admin any more.
        """
        if name == by:
            raise NotPossibleError("Nobody removes themselves; another admin has to.")
        async with self._database.transaction() as session:
            await _leave_an_admin(session, name)
            person = await _locked(session, name)
            person.disabled_at = (await session.execute(select(func.now()))).scalar_one()
            await _end_sessions(session, name)
            await note(session, by, "operator.removed", f"operator:{name}", before={"role": person.role})

    async def sessions(self, name: str) -> Sequence[OperatorSession]:
        """Those that are open, the latest first."""
        query = (
            select(OperatorSession)
            .where(OperatorSession.operator == name, *self._open)
            .order_by(OperatorSession.created_at.desc())
        )
        async with self._database.transaction() as session:
            return (await session.execute(query)).scalars().all()

    async def end_sessions(self, name: str, *, by: str) -> int:
        """How many were ended; the password stays good. Raises NotThereError."""
        async with self._database.transaction() as session:
            await _locked(session, name)
            number = await _end_sessions(session, name)
            await note(session, by, "operator.sessions_ended", f"operator:{name}", after={"number": number})
        return number


async def _locked(session: AsyncSession, name: str) -> Operator:
    person = await session.get(Operator, name, with_for_update=True)
    if person is None or person.disabled_at is not None:
        raise NotThereError(f"There is no operator {name}; askpro operators list shows those there are.")
    return person


async def _leave_an_admin(session: AsyncSession, name: str) -> None:
    """Locks all admins, in one order: two that take each other's role at once must not both succeed."""
    query = select(Operator.name).where(Operator.role == "admin", Operator.disabled_at.is_(None))
    admins = (await session.execute(query.order_by(Operator.name).with_for_update())).scalars().all()
    if list(admins) == [name]:
        raise NotPossibleError(f"{name} is the last admin; make somebody else one first.")


async def _end_sessions(session: AsyncSession, name: str) -> int:
    gone = (
        delete(OperatorSession).where(OperatorSession.operator == name).returning(OperatorSession.token_hash)
    )
    return len((await session.execute(gone)).all())

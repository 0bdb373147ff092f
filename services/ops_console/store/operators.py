"""People and their sessions. A password is kept as argon2 hash, a session as SHA-256 of its cookie."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from shared.contracts.ids import digest
from shared.db.engine import Database
from shared.db.tables import Operator, OperatorSession

Role = Literal["viewer", "operator", "admin"]
#: Each role may do what those before it may.
ROLES: Final[tuple[Role, ...]] = ("viewer", "operator", "admin")


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asking. ``may_reveal``: sees personal data of payloads, each time with an entry in the audit."""

    name: str
    role: Role
    may_reveal: bool = False

    def may(self, role: Role) -> bool:
        """Whether this person's role includes ``role``."""
        return ROLES.index(self.role) >= ROLES.index(role)


class Operators:
    """Table ``operators`` and ``operator_sessions``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, name: str, password_hash: str, role: Role | None) -> Role:
        """Add or change; ``role`` None keeps what is there, a new person becomes operator.

        A changed password ends the person's sessions.
        """
        values = {"name": name, "password_hash": password_hash, "role": role or "operator"}
        changes = {"password_hash": password_hash} | ({"role": role} if role else {})
        statement = insert(Operator).values(**values)
        upsert = statement.on_conflict_do_update(index_elements=[Operator.name], set_=changes)
        async with self._database.transaction() as session:
            await session.execute(delete(OperatorSession).where(OperatorSession.operator == name))
            return _role((await session.execute(upsert.returning(Operator.role))).scalar_one())

    async def find(self, name: str) -> tuple[Person, str] | None:
        """The person and the hash of the password."""
        async with self._database.transaction() as session:
            row = await session.get(Operator, name)
        return None if row is None else (_person(row), row.password_hash)

    async def open_session(self, name: str, token: str, lasts: timedelta) -> None:
        """Remember a login; sessions that are over are forgotten on the way."""
        row = {"token_hash": digest(token), "operator": name, "expires_at": func.now() + lasts}
        async with self._database.transaction() as session:
            await session.execute(delete(OperatorSession).where(OperatorSession.expires_at < func.now()))
            await session.execute(insert(OperatorSession).values(**row))

    async def of_session(self, token: str) -> Person | None:
        """Who holds this cookie, None where the session is over or was never opened."""
        query = (
            select(Operator.name, Operator.role, Operator.may_reveal)
            .join(OperatorSession, OperatorSession.operator == Operator.name)
            .where(OperatorSession.token_hash == digest(token), OperatorSession.expires_at > func.now())
        )
        async with self._database.transaction() as session:
            row = (await session.execute(query)).first()
        return None if row is None else _person(row)

    async def close_session(self, token: str) -> None:
        """Log out."""
        async with self._database.transaction() as session:
            await session.execute(delete(OperatorSession).where(OperatorSession.token_hash == digest(token)))


def _person(row: Any) -> Person:
    return Person(row.name, _role(row.role), row.may_reveal)


def _role(text: str) -> Role:
    return next((role for role in ROLES if role == text), "viewer")

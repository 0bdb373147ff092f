"""People and their sessions. A password is kept as argon2 hash, a session as SHA-256 of its cookie."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from services.ops_console.store.audit import note
from shared.contracts.ids import digest
from shared.db.engine import Database
from shared.db.tables import Operator, OperatorSession

Role = Literal["viewer", "operator", "admin"]
#: Each role may do what those before it may.
ROLES: Final[tuple[Role, ...]] = ("viewer", "operator", "admin")
#: A session that is used is written down once in so long, not with each request.
_SEEN_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asking. ``may_reveal``: sees what is redacted, each time with an entry in the audit."""

    name: str
    role: Role
    may_reveal: bool = False

    def may(self, role: Role) -> bool:
        """Whether this person's role includes ``role``."""
        return ROLES.index(self.role) >= ROLES.index(role)


class Operators:
    """Table ``operators`` and ``operator_sessions``. ``idle``: a session unused for so long is over."""

    def __init__(self, database: Database, *, idle: timedelta = timedelta(hours=1)) -> None:
        self._database = database
        self._idle = idle

    async def put(self, name: str, password_hash: str, role: Role | None, by: str) -> Role:
        """Add or change; ``role`` None keeps what is there, a new person becomes operator.

        A changed password ends the person's sessions; who was removed may come in again.
        """
        values = {"name": name, "password_hash": password_hash, "role": role or "operator"}
        changes = {"password_hash": password_hash, "disabled_at": None} | ({"role": role} if role else {})
        statement = insert(Operator).values(**values)
        upsert = statement.on_conflict_do_update(index_elements=[Operator.name], set_=changes)
        async with self._database.transaction() as session:
            before = await session.get(Operator, name, with_for_update=True)
            was = {"role": before.role} if before else None
            await session.execute(delete(OperatorSession).where(OperatorSession.operator == name))
            holds = _role((await session.execute(upsert.returning(Operator.role))).scalar_one())
            action = "operator.changed" if before else "operator.added"
            await note(session, by, action, f"operator:{name}", before=was, after={"role": holds})
        return holds

    async def find(self, name: str) -> tuple[Person, str] | None:
        """The person and the hash of the password; None also for who was removed."""
        async with self._database.transaction() as session:
            row = await session.get(Operator, name)
        if row is None or row.disabled_at is not None:
            return None
        return Person(row.name, _role(row.role), row.may_reveal), row.password_hash

    async def open_session(self, name: str, token: str, lasts: timedelta, address: str) -> None:
        """Remember a login; sessions that are over are forgotten on the way."""
        row = {"token_hash": digest(token), "operator": name, "expires_at": func.now() + lasts}
        async with self._database.transaction() as session:
            await session.execute(delete(OperatorSession).where(OperatorSession.expires_at < func.now()))
            await session.execute(insert(OperatorSession).values(**row))
            await note(session, name, "login.accepted", f"login:{name}", after={"address": address})

    async def of_session(self, token: str, *, used: bool = True) -> Person | None:
        """Who holds this cookie, None where the session is over or was never opened.

        ``used``: a person did something, not a page that asks by itself.
        """
        query = (
            select(Operator, OperatorSession.last_seen_at < func.now() - _SEEN_EVERY)
            .join(OperatorSession, OperatorSession.operator == Operator.name)
            .where(
                OperatorSession.token_hash == digest(token),
                OperatorSession.expires_at > func.now(),
                OperatorSession.last_seen_at > func.now() - self._idle,
                Operator.disabled_at.is_(None),
            )
        )
        async with self._database.transaction() as session:
            row = (await session.execute(query)).first()
            if row is None:
                return None
            person, long_ago = row
            if used and long_ago:
                seen = update(OperatorSession).where(OperatorSession.token_hash == digest(token))
                await session.execute(seen.values(last_seen_at=func.now()))
        return Person(person.name, _role(person.role), person.may_reveal)

    async def close_session(self, token: str) -> None:
        """Log out."""
        gone = delete(OperatorSession).where(OperatorSession.token_hash == digest(token))
        async with self._database.transaction() as session:
            name = (await session.execute(gone.returning(OperatorSession.operator))).scalar_one_or_none()
            if name is not None:
                await note(session, name, "login.ended", f"login:{name}")


def _role(text: str) -> Role:
    return next((role for role in ROLES if role == text), "viewer")

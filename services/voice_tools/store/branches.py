"""Which branch a call belongs to; answered from memory while the database is away."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from shared.contracts.branch import Branch
from shared.contracts.catalogue import effective
from shared.db.catalogue import listed
from shared.db.engine import Database
from shared.db.remembered import Remembered
from shared.db.tables import Branch as BranchRow
from shared.db.tables import PhoneNumber, Provisioning

#: The first call of a branch after a start: a caller waits that long before "please call again".
_COLD_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class _Known:
    """A branch with what a call shows of it."""

    branch: Branch
    agent_id: str | None
    numbers: frozenset[str]


class Branches:
    """``ttl``: seconds after which a changed branch is noticed."""

    def __init__(self, database: Database, *, ttl: float = 10.0) -> None:
        self._database = database
        self._known = Remembered(self._read, ttl=ttl, cold=_COLD_SECONDS)

    async def of(self, company_id: str, agent_id: str | None, to_number: str | None) -> Branch | None:
        """By the agent that answers, else by the number that was called, else the company's only one.

        Raises:
            InfrastructureError: the database is away and the company is not known here.
        """
        known = await self._known.of(company_id) or ()
        by_agent = [each for each in known if agent_id and each.agent_id == agent_id]
        by_number = [each for each in known if to_number and to_number in each.numbers]
        found = by_agent or by_number or (known if len(known) == 1 else ())
        return found[0].branch if found else None

    async def _read(self, company_id: str) -> tuple[_Known, ...]:
        async with self._database.transaction() as session:
            rows = await session.execute(
                select(BranchRow.id, BranchRow.document, Provisioning.agent_id)
                .outerjoin(
                    Provisioning,
                    (Provisioning.company_id == BranchRow.company_id)
                    & (Provisioning.branch_id == BranchRow.id),
                )
                .where(BranchRow.company_id == company_id, BranchRow.deleted_at.is_(None))
            )
            numbers = await session.execute(
                select(PhoneNumber.branch_id, PhoneNumber.number).where(PhoneNumber.company_id == company_id)
            )
            found = await listed(session, company_id)
            called = [(owner, number) for owner, number in numbers]
            return tuple(
                _known(
                    effective(Branch.model_validate(document), found),
                    agent_id,
                    {number for owner, number in called if owner == branch_id},
                )
                for branch_id, document, agent_id in rows
            )


def _known(branch: Branch, agent_id: str | None, numbers: set[str]) -> _Known:
    own = {branch.phone_number} if branch.phone_number else set()
    return _Known(branch, agent_id, frozenset(numbers | own))

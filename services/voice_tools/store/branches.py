"""Which branch a call belongs to; answered from memory while the database is away."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import Text, bindparam, select

from shared.contracts.branch import Branch
from shared.contracts.catalogue import Listed, effective
from shared.db.catalogue import listed
from shared.db.engine import Database
from shared.db.remembered import Remembered
from shared.db.tables import Branch as BranchRow
from shared.db.tables import PhoneNumber, Provisioning
from shared.observability.logging import get_logger

_log = get_logger("branches")
#: The first call of a branch after a start: a caller waits that long before "please call again".
_COLD_SECONDS: Final = 2.0
_OF_COMPANY: Final = bindparam("company", type_=Text)
#: Written once: a caller waits while SQLAlchemy turns a statement into text.
_BRANCHES: Final = (
    select(BranchRow.id, BranchRow.document, Provisioning.agent_id)
    .outerjoin(
        Provisioning,
        (Provisioning.company_id == BranchRow.company_id) & (Provisioning.branch_id == BranchRow.id),
    )
    .where(BranchRow.company_id == _OF_COMPANY, BranchRow.deleted_at.is_(None))
)
_NUMBERS: Final = select(PhoneNumber.branch_id, PhoneNumber.number).where(
    PhoneNumber.company_id == _OF_COMPANY
)


@dataclass(frozen=True, slots=True)
class _Known:
    """A branch with what a call shows of it; ``branch`` None: its document cannot be read."""

    branch: Branch | None
    agent_id: str | None
    numbers: frozenset[str]


class Branches:
    """``ttl``: seconds after which a changed branch is noticed. ``patience``: to wait where one is known."""

    def __init__(self, database: Database, *, ttl: float = 10.0, patience: float = 0.4) -> None:
        self._database = database
        self._known = Remembered(self._read, ttl=ttl, patience=patience, cold=_COLD_SECONDS)

    async def of(self, company_id: str, agent_id: str | None, to_number: str | None) -> Branch | None:
        """By the agent that answers, else by the number that was called, else the company's only one.

        All its numbers are among its ``forwarding_numbers``. None also where its document is broken: then its
        calls are not another branch's.

        Raises:
            InfrastructureError: the database is away and the company is not known here.
        """
        known = await self._known.of(company_id) or ()
        by_agent = [each for each in known if agent_id and each.agent_id == agent_id]
        by_number = [each for each in known if to_number and to_number in each.numbers]
        found = by_agent or by_number or (known if len(known) == 1 else ())
        return found[0].branch if found else None

    async def _read(self, company_id: str) -> tuple[_Known, ...]:
        of_company = {"company": company_id}
        async with self._database.single() as connection:
            rows = (await connection.execute(_BRANCHES, of_company)).all()
            called = (await connection.execute(_NUMBERS, of_company)).all()
            found = await listed(connection, company_id)
        return tuple(
            _known(
                _branch(company_id, branch_id, document, found),
                agent_id,
                {number for owner, number in called if owner == branch_id},
            )
            for branch_id, document, agent_id in rows
        )


def _branch(company_id: str, branch_id: str, document: Any, found: Mapping[int, Listed]) -> Branch | None:
    try:
        return effective(Branch.model_validate(document), found)
    except ValidationError as error:
        places = [".".join(map(str, each["loc"])) for each in error.errors()]
        _log.error("branch.unreadable", company_id=company_id, branch_id=branch_id, places=places)
        return None


def _known(branch: Branch | None, agent_id: str | None, numbers: set[str]) -> _Known:
    if branch is None:
        return _Known(None, agent_id, frozenset(numbers))
    own = numbers | ({branch.phone_number} if branch.phone_number else set())
    lines = {*branch.forwarding_numbers, *own}
    known = branch.model_copy(update={"forwarding_numbers": tuple(sorted(lines))})
    return _Known(known, agent_id, frozenset(own))

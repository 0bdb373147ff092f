"""What Cal.com offers → services and people of a branch, when a person has looked at it and said yes."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.ops_console.handlers.proposals import Candidate, Proposal, propose
from services.ops_console.store.branches import BranchView
from services.ops_console.store.companies import CompanyView
from shared.contracts.branch import Branch
from shared.db.tables import CalcomEventType


class Documents(Protocol):
    """The branches as operators have entered them."""

    async def show(self, branch_id: str, company_id: str | None) -> BranchView:
        """Raises NotThereError."""
        ...

    async def amend(
        self, company_id: str, branch_id: str, change: Callable[[Branch], Branch], *, by: str, deed: str
    ) -> int | None:
        """Write what ``change`` makes of it; its version, None where it is the same. Raises NotThereError."""
        ...


class Catalogue(Protocol):
    """Cal.com's event types as they were read last."""

    async def there(self, company_id: str) -> Sequence[CalcomEventType]:
        """Those of a company that are not gone."""
        ...


class Names(Protocol):
    """The companies."""

    async def show(self, company_id: str) -> CompanyView:
        """Raises NotThereError."""
        ...


@dataclass(frozen=True, slots=True)
class ImportCatalogue:
    """``only``: of these event types; None: of all. Twice is as good as once."""

    branches: Documents
    catalogue: Catalogue
    companies: Names

    async def propose(self, company_id: str, branch_id: str, only: Collection[int] | None) -> Proposal:
        """What ``__call__`` would do. Raises NotThereError."""
        view = await self.branches.show(branch_id, company_id)
        proposing = await self._proposing(company_id, only)
        return proposing(Branch.model_validate(view.branch.document))

    async def __call__(
        self, company_id: str, branch_id: str, only: Collection[int] | None, *, by: str
    ) -> tuple[Proposal, int | None]:
        """What was done, and the version that says so; None where there was nothing to do.

        Raises:
            NotThereError: no such branch.
        """
        proposing = await self._proposing(company_id, only)
        made: list[Proposal] = []

        def change(branch: Branch) -> Branch:
            # Of the branch as it is when it is written, not as somebody saw it.
            made.append(proposing(branch))
            return made[-1].branch

        version = await self.branches.amend(company_id, branch_id, change, by=by, deed="branch.imported")
        return made[-1], version

    async def _proposing(self, company_id: str, only: Collection[int] | None) -> Callable[[Branch], Proposal]:
        rows = await self.catalogue.there(company_id)
        name = (await self.companies.show(company_id)).company.name
        candidates = [_candidate(row) for row in rows]
        return lambda branch: propose(branch, candidates, (name,), only)


def _candidate(row: CalcomEventType) -> Candidate:
    refused = row.bookable == "no"
    return Candidate(
        id=row.id,
        title=row.title,
        minutes=None if row.length_options else row.length_minutes,
        usual=row.length_minutes,
        hosts=tuple(str(host) for host in row.hosts),
        reason={"de": row.reason_de or "", "en": row.reason_en or ""} if refused else None,
    )

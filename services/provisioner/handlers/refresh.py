"""What surrounds a branch has changed → its agent is looked at again, whatever version it has reached."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from services.provisioner.content import season
from services.provisioner.handlers.branches import ReachTarget
from services.provisioner.store import Branches
from shared.contracts.events import BranchRefreshRequested, CatalogueChanged, CompanyResumed, CompanySuspended
from shared.observability.context import bind

#: At once: each is some ten calls with keys of one company or another.
_OLD_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class RefreshBranch:
    """branch.refresh_requested: what is as it should be costs no request to a provider. Idempotent."""

    reach: ReachTarget

    async def __call__(self, event: BranchRefreshRequested) -> None:
        bind(branch_id=event.branch_id)
        await self.reach(event.company_id, event.branch_id, refresh=True, step=event.step)


@dataclass(frozen=True, slots=True)
class RefreshBranches:
    """What happened to a company reaches its agents: a refresh for each branch, each of them once."""

    branches: Branches

    async def __call__(self, event: CompanySuspended | CompanyResumed | CatalogueChanged) -> None:
        await self.branches.ask_for_refresh(event.company_id, reason=event.type, at=_moment(event))


@dataclass(frozen=True, slots=True)
class RefreshOld:
    """Regularly: a prompt tells the holidays of a year ahead, so each branch is looked at in each quarter."""

    branches: Branches
    today: Callable[[], date]

    async def __call__(self) -> None:
        began = datetime.combine(season(self.today()), time(), UTC)
        await self.branches.ask_for_refresh_of_old(before=began, reason="season", limit=_OLD_AT_ONCE)


def _moment(event: CompanySuspended | CompanyResumed | CatalogueChanged) -> datetime:
    match event:
        case CompanySuspended():
            return event.suspended_at
        case CompanyResumed():
            return event.resumed_at
        case CatalogueChanged():
            return event.changed_at

"""What Stripe says when it is asked → who is suspended, and what a lost webhook left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.syncer.store.billing import Looked
from shared.contracts.events import CompanySuspensionDue


class Graces(Protocol):
    """Companies that have stopped paying."""

    async def look(self, due: CompanySuspensionDue) -> Looked:
        """Whom to ask for; nobody where this grace does not run any more."""
        ...

    async def end_grace(
        self, due: CompanySuspensionDue, looked: Looked, found: Sequence[Mapping[str, Any]]
    ) -> None:
        """Store what was found, and suspend the company if nothing is paid even so."""
        ...


class OfCustomers(Protocol):
    """All subscriptions of a customer."""

    async def of_customer(self, customer_id: str) -> Sequence[Mapping[str, Any]]:
        """As Stripe has them now; empty where it cannot be asked or does not know the customer."""
        ...


@dataclass(frozen=True, slots=True)
class EndGrace:
    """company.suspension_due: who has paid meanwhile, by whatever subscription, is not suspended."""

    graces: Graces
    originals: OfCustomers

    async def __call__(self, event: CompanySuspensionDue) -> None:
        looked = await self.graces.look(event)
        found = [each for customer in looked.customers for each in await self.originals.of_customer(customer)]
        await self.graces.end_grace(event, looked, found)

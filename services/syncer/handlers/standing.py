"""What Stripe says when it is asked → who is suspended, and what a lost webhook left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.syncer.handlers.billing import Ledger, Originals
from services.syncer.merge.billing import News
from services.syncer.store.billing import Doubt, Looked
from shared.contracts.events import CompanySuspensionDue
from shared.errors import AskProError


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


class Doubts(Ledger, Protocol):
    """Stored subscriptions, and which of them should have changed by now."""

    async def doubtful(self) -> Sequence[Doubt]:
        """Those that are worth a question."""
        ...


class Report(Protocol):
    """Where it is said what was repaired, and what could not be read."""

    def __call__(self, subscription_id: str, *, error: Exception | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class EndGrace:
    """company.suspension_due: who has paid meanwhile, by whatever subscription, is not suspended."""

    graces: Graces
    originals: OfCustomers

    async def __call__(self, event: CompanySuspensionDue) -> None:
        looked = await self.graces.look(event)
        found = [each for customer in looked.customers for each in await self.originals.of_customer(customer)]
        await self.graces.end_grace(event, looked, found)


@dataclass(frozen=True, slots=True)
class RepairSubscriptions:
    """One round. Two replicas may ask for the same: who writes second is refused, and reads next time."""

    ledger: Doubts
    originals: Originals
    report: Report

    async def __call__(self) -> None:
        for doubt in await self.ledger.doubtful():
            try:
                await self._ask(doubt)
            except AskProError as error:
                self.report(doubt.id, error=error)

    async def _ask(self, doubt: Doubt) -> None:
        original = await self.originals.fetch(doubt.id)
        if original is None or original == doubt.document:
            return
        news = News("stripe.customer.subscription.fetched", doubt.id, doubt.known.created, original)
        await self.ledger.save(news, original, doubt.known)
        self.report(doubt.id)

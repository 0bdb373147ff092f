"""Stripe gives up after three days: what it has told us nothing of by then is looked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from services.syncer.handlers.billing import Ledger, Originals
from services.syncer.handlers.standing import OfCustomers
from services.syncer.merge.billing import Known, News
from shared.contracts.envelope import now
from shared.errors import AskProError

_OBSERVED: Final = "stripe.customer.subscription.observed"


class Doubts(Protocol):
    """Subscriptions that stand as if an event had been lost."""

    async def claim(self) -> Sequence[tuple[str, Known]]:
        """Those whose turn it is, with what is stored of them."""
        ...


class BillingReport(Protocol):
    """Where it is said what was repaired, and what could not be read."""

    def __call__(self, object_id: str, *, error: Exception | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class RepairSubscriptions:
    """One round. What cannot be read, or is written meanwhile, has its next turn in an hour."""

    doubts: Doubts
    ledger: Ledger
    originals: Originals
    report: BillingReport

    async def __call__(self) -> None:
        for subscription_id, known in await self.doubts.claim():
            try:
                changed = await _look(self.ledger, self.originals, subscription_id, known)
            except AskProError as error:
                self.report(subscription_id, error=error)
            else:
                if changed:
                    self.report(subscription_id)


class Payers(Protocol):
    """Companies that are customers at Stripe."""

    async def claim(self, every: float) -> Sequence[str]:
        """The customers whose turn it is; nobody else gets them for ``every`` seconds."""
        ...


class Subscribed(Originals, OfCustomers, Protocol):
    """Subscriptions as Stripe has them, by id and by customer."""


@dataclass(frozen=True, slots=True)
class FindSubscriptions:
    """One round. Of one whose first event was lost nothing is stored that could be in doubt."""

    payers: Payers
    ledger: Ledger
    originals: Subscribed
    report: BillingReport
    every: float

    async def __call__(self) -> None:
        # One after another: a round has an hour, and the key is the one that webhooks are answered with.
        for customer_id in await self.payers.claim(self.every):
            try:
                for listed in await self.originals.of_customer(customer_id):
                    await self._compare(str(listed["id"]), listed.get("status"))
            except AskProError as error:
                self.report(customer_id, error=error)

    async def _compare(self, subscription_id: str, status: object) -> None:
        known = await self.ledger.known(subscription_id)
        if known is not None and known.status == status:
            return
        # Asked for once more: the list may be older than what is stored.
        if await _look(self.ledger, self.originals, subscription_id, known):
            self.report(subscription_id)


async def _look(ledger: Ledger, originals: Originals, subscription_id: str, known: Known | None) -> bool:
    """Store what Stripe has; whether it is another status than ``known``, which was read before."""
    # Older than the answer: an event of the seconds between is fetched once more, and loses nothing.
    asked = int(now().timestamp())
    original: Mapping[str, Any] | None = await originals.fetch(subscription_id)
    if original is None:
        return False
    await ledger.save(News(_OBSERVED, subscription_id, asked, original), original, known)
    return known is None or bool(original.get("status") != known.status)

"""Stripe gives up after three days: a subscription that should have moved by now is looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from services.syncer.handlers.billing import Ledger, Originals
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

    def __call__(self, subscription_id: str, *, error: Exception | None = None) -> None: ...


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
                changed = await self._look(subscription_id, known)
            except AskProError as error:
                self.report(subscription_id, error=error)
            else:
                if changed:
                    self.report(subscription_id)

    async def _look(self, subscription_id: str, known: Known) -> bool:
        # Older than the answer: an event of the seconds between is fetched once more, and loses nothing.
        asked = int(now().timestamp())
        original: Mapping[str, Any] | None = await self.originals.fetch(subscription_id)
        if original is None:
            return False
        await self.ledger.save(News(_OBSERVED, subscription_id, asked, original), original, known)
        return bool(original.get("status") != known.status)

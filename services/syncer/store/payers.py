"""Who pays: whose a Stripe object is, and which customers are to be looked at."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.stripe import StripeObject
from shared.db.engine import Database
from shared.db.tables import Company, Subscription
from shared.db.turns import claim

#: Turns of their own beside those of the repair.
_WHAT: Final = "stripe.customers"


class Payers:
    """Customers at Stripe that companies are known by."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, every: float) -> Sequence[str]:
        """Customers whose turn it is; no other replica has them for ``every`` seconds."""
        async with self._database.transaction() as session:
            companies = await claim(session, _WHAT, Company.stripe_customer_id, every)
            query = select(Company.stripe_customer_id).where(Company.id.in_(companies))
            found = (await session.execute(query.order_by(Company.id))).scalars()
            return [customer for customer in found if customer is not None]


async def company_of(session: AsyncSession, thing: StripeObject, subscription_id: str | None) -> str | None:
    """The customer's company, else the one named in its metadata; None where nobody knows it (yet)."""
    for query in _queries(thing, subscription_id):
        found: str | None = (await session.execute(query)).scalar_one_or_none()
        if found is not None:
            return found
    return None


def _queries(thing: StripeObject, subscription_id: str | None) -> Iterator[Select[Any]]:
    if thing.customer_id:
        yield select(Company.id).where(Company.stripe_customer_id == thing.customer_id)
    if thing.company_hint:
        yield select(Company.id).where(Company.id == thing.company_hint)
    if subscription_id:
        yield select(Subscription.company_id).where(Subscription.id == subscription_id)

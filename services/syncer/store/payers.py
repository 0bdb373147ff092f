"""Whose a Stripe object is: the customer's company, else the one named in its metadata."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.stripe import StripeObject
from shared.db.tables import Company, Subscription


async def company_of(session: AsyncSession, thing: StripeObject, subscription_id: str | None) -> str | None:
    """The company; None where nobody knows it (yet): a checkout may still tell."""
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

"""Subscriptions and invoices. Each write counts; who read an older count reads again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.syncer.merge.billing import Known, News
from services.syncer.store.payers import company_of
from services.syncer.store.standings import Standings
from shared.contracts.events import CompanySubscriptionChanged, CompanySuspensionDue
from shared.contracts.stripe import StripeCheckout, StripeInvoice, StripeSubscription
from shared.contracts.wire import searchable
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.tables import Company, Invoice, Subscription
from shared.errors import TransientError
from shared.observability.context import bind


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of a company when its grace ends: its customers at Stripe, its subscriptions by id."""

    customers: tuple[str, ...] = ()
    known: Mapping[str, Known] = field(default_factory=dict)


class Subscriptions:
    """Writes ``subscriptions``."""

    def __init__(self, database: Database, standings: Standings, *, source: str) -> None:
        self._database = database
        self._standings = standings
        self._source = source

    async def known(self, object_id: str) -> Known | None:
        """What is stored of a subscription."""
        async with self._database.transaction() as session:
            row = await session.get(Subscription, object_id)
        return Known(row.event_created, row.status, row.version) if row else None

    async def save(self, news: News, document: Mapping[str, Any], known: Known | None) -> None:
        """Store ``document``; ``company.subscription_changed`` where the status changed.

        Whether the company is served is settled in the same transaction.

        Raises:
            TransientError: it was written meanwhile.
        """
        async with self._database.settling() as session:
            await self._save(session, news, document, known)

    async def _save(
        self,
        session: AsyncSession,
        news: News,
        document: Mapping[str, Any],
        known: Known | None,
        payer: str | None = None,
    ) -> None:
        """``payer``: the company of the same customer, for a subscription that names none."""
        row = await self._locked(session, news.object_id, known)
        previous = row.status or None
        row.company_id = await _write(session, row, document) or row.company_id or payer
        row.event_created = max(row.event_created, news.created)
        row.version += 1
        bind(company_id=row.company_id)
        await session.flush()
        if row.company_id is not None:
            await self._judge(session, row.company_id, row, previous)

    async def _judge(
        self, session: AsyncSession, company_id: str, row: Subscription, previous: str | None
    ) -> None:
        suspend_at = await self._standings.judge(session, company_id)
        if row.status == previous:
            return
        event = CompanySubscriptionChanged(
            company_id=company_id,
            subscription_id=row.id,
            version=row.version,
            status=row.status,
            previous_status=previous,
            suspend_at=suspend_at,
        )
        await emit(session, event, source=self._source)

    async def look(self, due: CompanySuspensionDue) -> Looked:
        """Whom to ask for before a grace ends; nobody where it does not run any more."""
        async with self._database.transaction() as session:
            company = await session.get(Company, due.company_id)
            if company is None or company.suspend_at != due.suspend_at:
                return Looked()
            query = select(Subscription).where(Subscription.company_id == company.id)
            rows = list((await session.execute(query)).scalars())
        customers = {company.stripe_customer_id, *(row.stripe_customer_id for row in rows)}
        return Looked(
            tuple(sorted(filter(None, customers))),
            {row.id: Known(row.event_created, row.status, row.version) for row in rows},
        )

    async def end_grace(
        self, due: CompanySuspensionDue, looked: Looked, found: Sequence[Mapping[str, Any]]
    ) -> None:
        """Store what was ``found`` and suspend the company, if nothing is paid even so.

        Raises:
            TransientError: a subscription was written meanwhile.
        """
        bind(company_id=due.company_id)
        async with self._database.settling() as session:
            for document in sorted(found, key=lambda each: str(each["id"])):
                known = looked.known.get(document["id"])
                news = News(due.type, document["id"], known.created if known else 0, document)
                await self._save(session, news, document, known, due.company_id)
            await self._standings.end_grace(session, due)

    async def link(self, checkout: StripeCheckout) -> None:
        """Give the customer of a checkout, and everything stored of it, to its company."""
        customer_id, company_id = checkout.customer_id, checkout.company_hint
        async with self._database.settling() as session:
            company = await session.get(Company, company_id or "")
            if company is None or customer_id is None:
                return
            bind(company_id=company.id)
            # Subscriptions before the company, as ``save`` locks them.
            rows = await _unclaimed(session, customer_id)
            await _claim(session, company.id, customer_id)
            for row in rows:
                row.company_id, row.version = company.id, row.version + 1
            await session.flush()
            for row in rows:
                await self._judge(session, company.id, row, None)

    async def _locked(self, session: AsyncSession, object_id: str, known: Known | None) -> Subscription:
        await session.execute(
            insert(Subscription)
            .values(id=object_id, stripe_customer_id="", status="", event_created=0, document={}, version=0)
            .on_conflict_do_nothing()
        )
        query = select(Subscription).where(Subscription.id == object_id).with_for_update()
        row = (await session.execute(query)).scalar_one()
        if row.version != (known.writes if known else 0):
            raise TransientError(f"{object_id} was written meanwhile")
        return row


class Invoices:
    """Writes ``invoices``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, object_id: str) -> Known | None:
        """What is stored of an invoice."""
        async with self._database.transaction() as session:
            row = await session.get(Invoice, object_id)
        return Known(row.event_created, row.status, 0) if row else None

    async def save(self, news: News, document: Mapping[str, Any], known: Known | None) -> None:
        """Store ``document``.

        Raises:
            TransientError: it was written meanwhile.
        """
        invoice = StripeInvoice.model_validate(document)
        async with self._database.settling() as session:
            company_id = await company_of(session, invoice, invoice.subscription_id)
            bind(company_id=company_id)
            columns = {
                "company_id": company_id,
                "stripe_customer_id": invoice.customer_id,
                "subscription_id": invoice.subscription_id,
                "status": invoice.status,
                "amount_due": invoice.amount_due,
                "amount_paid": invoice.amount_paid,
                "currency": invoice.currency,
                "last_event": news.type,
                "event_created": max(news.created, known.created if known else 0),
                "updated_at": func.now(),
            }
            statement = insert(Invoice).values(id=news.object_id, **columns)
            written = await session.execute(
                statement.on_conflict_do_update(
                    index_elements=[Invoice.id],
                    set_=columns,
                    where=Invoice.event_created == (known.created if known else -1),
                ).returning(Invoice.id)
            )
            if written.first() is None:
                raise TransientError(f"{news.object_id} was written meanwhile")


async def _write(session: AsyncSession, row: Subscription, document: Mapping[str, Any]) -> str | None:
    subscription = StripeSubscription.model_validate(document)
    row.stripe_customer_id = subscription.customer_id or row.stripe_customer_id
    row.status = subscription.status or row.status or "unknown"
    row.current_period_end = subscription.period_end
    row.cancel_at_period_end = subscription.cancel_at_period_end
    row.livemode = subscription.livemode
    row.document = searchable(dict(document))
    row.updated_at = func.now()
    return await company_of(session, subscription, None)


async def _claim(session: AsyncSession, company_id: str, customer_id: str) -> None:
    taken = select(Company.id).where(Company.stripe_customer_id == customer_id)
    if (await session.execute(taken)).first() is None:
        await session.execute(
            update(Company).where(Company.id == company_id).values(stripe_customer_id=customer_id)
        )
    await session.execute(
        update(Invoice)
        .where(Invoice.stripe_customer_id == customer_id, Invoice.company_id.is_(None))
        .values(company_id=company_id)
    )


async def _unclaimed(session: AsyncSession, customer_id: str) -> list[Subscription]:
    query = (
        select(Subscription)
        .where(Subscription.stripe_customer_id == customer_id, Subscription.company_id.is_(None))
        .order_by(Subscription.id)
        .with_for_update()
    )
    return list((await session.execute(query)).scalars())

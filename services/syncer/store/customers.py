"""Whom an appointment is for: found by the address we book with, the phone, the e-mail, else entered."""

import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from services.syncer.store.locks import lock
from shared.db.tables import Company, Customer

#: Cal.com's own addresses for people without one; its mailer skips them.
_CALCOM_PLACEHOLDERS: Final = "sms.cal.com"


@dataclass(frozen=True, slots=True)
class Attendee:
    """Who comes, in Cal.com's words. ``language``: of the page on which they booked."""

    name: str | None
    email: str | None
    phone: str | None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Customers:
    """``placeholder_domains``: addresses there are made up for booking; nobody reads them."""

    placeholder_domains: tuple[str, ...] = (_CALCOM_PLACEHOLDERS,)

    @classmethod
    def with_domain(cls, booking_email_domain: str | None) -> "Customers":
        """Cal.com's placeholders, and ours where a domain is set."""
        own = (booking_email_domain.lower(),) if booking_email_domain else ()
        return cls((_CALCOM_PLACEHOLDERS, *own))

    def real(self, email: str | None) -> str | None:
        """An address that somebody reads, else None."""
        domain = (email or "").rpartition("@")[2].lower()
        return email if email and domain not in self.placeholder_domains else None

    async def identify(self, session: AsyncSession, company_id: str, attendee: Attendee) -> Customer | None:
        """The customer, entered if new; None where neither address nor phone is known.

        Two at once for the same new person enter one customer. What is known of a customer is not replaced:
        families share phones.
        """
        if not attendee.email and not attendee.phone:
            return None
        await lock(session, "customer", company_id, attendee.email or attendee.phone or "")
        found = (
            await _named(session, company_id, Customer.booking_email, attendee.email, attendee)
            or await _named(session, company_id, Customer.phone, attendee.phone, attendee)
            or await _named(session, company_id, Customer.contact_email, attendee.email, attendee)
        )
        return found or await self._enter(session, company_id, attendee)

    async def _enter(self, session: AsyncSession, company_id: str, attendee: Attendee) -> Customer:
        customer = Customer(
            id=uuid.uuid4(),
            company_id=company_id,
            name=attendee.name or attendee.email or attendee.phone,
            phone=attendee.phone,
            contact_email=self.real(attendee.email),
            booking_email=attendee.email,
            language=attendee.language or await _language_of(session, company_id),
        )
        session.add(customer)
        return customer


async def _language_of(session: AsyncSession, company_id: str) -> str:
    """What the company speaks, and so most of those who book there."""
    query = select(Company.language).where(Company.id == company_id)
    language: str = (await session.execute(query)).scalar_one()
    return language


async def _named(
    session: AsyncSession,
    company_id: str,
    column: InstrumentedAttribute[str | None],
    value: str | None,
    attendee: Attendee,
) -> Customer | None:
    if not value:
        return None
    query = (
        select(Customer)
        .where(Customer.company_id == company_id, column.in_({value, value.lower()}))
        # Of those who share a phone, the one of that name; else who has been known for longest.
        .order_by((func.lower(Customer.name) != (attendee.name or "").lower()), Customer.created_at)
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()

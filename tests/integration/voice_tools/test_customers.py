"""Whom an appointment is for: known by the number that calls, whatever is said of numbers and addresses."""

from typing import Any

import pytest
from sqlalchemy import insert, select

from shared.db.tables import Customer
from tests.integration.voice_tools.salon import DOMAIN, MOBILE, Salon, next_open_day

ANOTHER = "+4915198765432"


async def _customer(salon: Salon, name: str, phone: str | None, email: str) -> None:
    """Somebody who has booked on the web."""
    row = {"company_id": salon.company_id, "name": name, "phone": phone}
    async with salon.database.transaction() as session:
        await session.execute(insert(Customer).values(row | {"contact_email": email, "booking_email": email}))


async def _booked(salon: Salon, days: int = 1, name: str = "Anna Meyer", **details: Any) -> dict[str, Any]:
    """Who comes, as the calendar has it; ``said``: what the caller has heard."""
    caller = salon.another_call()
    await caller.offered(next_open_day(days))
    answer = await caller.book("A", name, **details)
    assert answer["status"] == "booked"
    [booking] = [each for each in await salon.bookings_at_calcom() if each["uid"] == answer["booking"]]
    return {**booking["attendees"][0], "said": answer["say"]}


async def _customers(salon: Salon) -> list[Customer]:
    query = select(Customer).where(Customer.company_id == salon.company_id).order_by(Customer.created_at)
    async with salon.database.transaction() as session:
        return list(await session.scalars(query))


async def test_a_number_that_somebody_names_finds_no_customer(salon: Salon) -> None:
    await _customer(salon, "Anna Meyer", ANOTHER, "anna@example.org")
    attendee = await _booked(salon, phone=ANOTHER)
    assert attendee["email"].endswith(f"@{DOMAIN}")
    assert attendee["phoneNumber"] == ANOTHER
    assert "E-Mail" not in attendee["said"]
    assert [row.phone for row in await _customers(salon)] == [ANOTHER, MOBILE]


async def test_the_number_that_calls_finds_its_customer(salon: Salon) -> None:
    await _customer(salon, "Anna Meyer", MOBILE, "anna@example.org")
    attendee = await _booked(salon, phone=ANOTHER)
    assert (attendee["email"], attendee["phoneNumber"]) == ("anna@example.org", ANOTHER)


async def test_an_address_that_was_named_counts_for_one_appointment(salon: Salon) -> None:
    first = await _booked(salon, email="misheard@example.org")
    second = await _booked(salon, 4)
    assert first["email"] == "misheard@example.org"
    assert second["email"].endswith(f"@{DOMAIN}")
    [customer] = await _customers(salon)
    assert (customer.booking_email, customer.contact_email) == (second["email"], None)


async def test_the_address_of_a_customer_outlives_one_that_is_named(salon: Salon) -> None:
    await _customer(salon, "Anna Meyer", MOBILE, "anna@example.org")
    first = await _booked(salon, email="misheard@example.org")
    second = await _booked(salon, 4)
    assert [first["email"], second["email"]] == ["misheard@example.org", "anna@example.org"]


@pytest.mark.parametrize("said", ["stein@example.org", "Stein@Example.org"])
async def test_the_address_of_another_customer_is_not_taken(salon: Salon, said: str) -> None:
    await _customer(salon, "Bernd Stein", ANOTHER, "stein@example.org")
    attendee = await _booked(salon, email=said)
    assert attendee["email"].endswith(f"@{DOMAIN}")
    assert "E-Mail" not in attendee["said"]


async def test_a_family_may_share_an_address(salon: Salon) -> None:
    await _customer(salon, "Bernd Meyer", MOBILE, "meyers@example.org")
    assert (await _booked(salon, email="meyers@example.org"))["email"] == "meyers@example.org"


async def test_an_address_may_be_named_by_whose_name_it_is_under(salon: Salon) -> None:
    await _customer(salon, "Anna Maier", None, "anna@example.org")
    assert (await _booked(salon, email="anna@example.org"))["email"] == "anna@example.org"


async def test_a_placeholder_for_a_person_is_the_caller(salon: Salon) -> None:
    assert (await _booked(salon, for_person_name="Unbekannt"))["name"] == "Anna Meyer"

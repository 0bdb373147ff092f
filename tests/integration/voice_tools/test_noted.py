"""Without its database a wish is the broker's: told as noted, never more than that, and never twice."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.contracts.events import BookingRequested
from tests.integration.voice_tools.far import SLACK, Far
from tests.integration.voice_tools.interrupted import Fault, interrupted
from tests.integration.voice_tools.salon import DOMAIN, MOBILE
from tests.proxy import FaultProxy

FAULTS: list[Fault] = [FaultProxy.cut, FaultProxy.black_hole]
MOMENTS = [(FaultProxy.cut, 1), (FaultProxy.cut, 12), (FaultProxy.cut, 20), (FaultProxy.black_hole, 12)]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_wish_is_noted_by_the_broker_while_the_database_is_away(far: Far, fault: Fault) -> None:
    fault(far.way)
    said, seconds = await far.book(email="anna@example.org")
    again, _ = await far.book()
    # Nothing of the database is needed for it to be there.
    noted = await far.salon.event("booking.requested")
    far.way.heal()
    assert "notiert, aber noch nicht fest" in said
    assert "notiert" in again
    assert seconds < 2.5 + SLACK
    assert noted.attributes.correlationid == far.salon.call_id
    wish = BookingRequested.model_validate(noted.data)
    assert (wish.customer.name, wish.customer.phone, wish.customer.email) == ("Anna Meyer", MOBILE, None)
    # Nobody could be looked up, and no customer's address is another's.
    assert wish.booking_email.startswith("k-")
    assert wish.booking_email.endswith(f"@{DOMAIN}")
    # Another process may have begun with it: Cal.com is asked when that is over.
    assert timedelta(seconds=10) < (wish.due or datetime.now(UTC)) - datetime.now(UTC) < timedelta(seconds=31)
    assert (await far.attempt()).token == wish.token
    assert (await far.attempt()).state == "requested"
    assert (await far.salon.book("A"))["status"] == "requested"
    assert await far.salon.bookings_at_calcom() == []
    assert len(await far.salon.events("booking.requested")) == 1


async def test_who_has_not_said_yes_is_asked_without_the_database_too(far: Far) -> None:
    far.way.cut()
    asked, _ = await far.book(caller_confirmed=False)
    nameless, _ = await far.book(customer_name="Kunde")
    unknown, _ = await far.book("Z")
    far.way.heal()
    assert asked.startswith("Soll ich")
    assert nameless.startswith("Auf welchen Namen")
    assert "klappt gerade leider nicht" in unknown
    assert await far.salon.events("booking.requested") == []


@pytest.mark.parametrize(("fault", "pieces"), MOMENTS)
async def test_a_database_that_goes_away_at_any_moment_of_a_booking_leaves_one_booking_or_one_wish(
    far: Far, fault: Fault, pieces: int
) -> None:
    await interrupted(far, pieces, fault)

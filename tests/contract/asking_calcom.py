"""How each operation of Cal.com is asked for by our client."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from shared.clients.calcom import Booking, BookingFilter, NewBooking, SlotQuery, Webhook
from tests.integration.clients.accounts import Salon

URL: Final = "https://hooks.example.org/webhooks/calcom/salon"
TRIGGERS: Final = ("BOOKING_CREATED", "BOOKING_CANCELLED", "MEETING_STARTED", "MEETING_ENDED")
SECRET: Final = "a-secret-of-the-company"


def tomorrow(hour: int) -> datetime:
    """Within the hours of every event type of these tests."""
    return (datetime.now(UTC) + timedelta(days=1)).replace(hour=hour, minute=0, second=0, microsecond=0)


def wish(event_type_id: int, hour: int = 12) -> NewBooking:
    """A booking as the voice agent makes it."""
    return NewBooking(
        event_type_id,
        tomorrow(hour),
        "Eva Maier",
        "Europe/Berlin",
        email="eva@example.org",
        phone="+493012345678",
        metadata={"askpro_token": "t1"},
        responses={"notes": "zum ersten Mal"},
        location={"type": "attendeePhone", "phone": "+493012345678"},
    )


async def booked(salon: Salon) -> Booking:
    """A booking of an event type of its own."""
    event_type = await salon.event_type()
    return await salon.client.create_booking(replace(wish(event_type), location=None))


async def registered(salon: Salon) -> Webhook:
    """A webhook of the account."""
    return await salon.client.create_webhook(URL, TRIGGERS, SECRET)


async def create_booking(salon: Salon) -> None:
    await salon.client.create_booking(wish(await salon.event_type()))


async def reschedule(salon: Salon) -> None:
    await salon.client.reschedule_booking((await booked(salon)).uid, tomorrow(14), reason="passt nicht")


async def cancel(salon: Salon) -> None:
    await salon.client.cancel_booking((await booked(salon)).uid, reason="krank")


async def get_booking(salon: Salon) -> None:
    await salon.client.get_booking((await booked(salon)).uid)


async def list_bookings(salon: Salon) -> None:
    booking, yesterday = await booked(salon), datetime.now(UTC) - timedelta(days=1)
    wanted = BookingFilter(
        attendee_email="eva@example.org",
        event_type_id=booking.event_type_id,
        after_start=yesterday,
        before_end=tomorrow(20),
        after_updated_at=yesterday,
        after_created_at=yesterday,
    )
    assert [each.uid async for each in salon.client.list_bookings(wanted)] == [booking.uid]


async def me(salon: Salon) -> None:
    await salon.client.me()


async def list_event_types(salon: Salon) -> None:
    await salon.event_type()
    assert await salon.client.list_event_types()


async def a_team(salon: Salon) -> int:
    """With one event type; its id."""
    own = salon.account["id"]
    team = await salon.control.add_team(own)
    await salon.event_type(
        "Colour", teamId=team, schedulingType="roundRobin", hosts=[{"userId": own, "name": "Steffi"}]
    )
    return team


async def list_teams(salon: Salon) -> None:
    team = await a_team(salon)
    assert team in {each.id for each in await salon.client.list_teams()}


async def list_team_event_types(salon: Salon) -> None:
    assert await salon.client.list_team_event_types(await a_team(salon))


async def get_event_type(salon: Salon) -> None:
    await salon.client.get_event_type(await salon.event_type())


async def slots(salon: Salon) -> None:
    asked = SlotQuery(await salon.event_type(), tomorrow(9), tomorrow(15), "Europe/Berlin", minutes=30)
    assert await salon.client.slots(asked)


async def create_webhook(salon: Salon) -> None:
    await registered(salon)


async def list_webhooks(salon: Salon) -> None:
    made = await registered(salon)
    assert [each.id for each in await salon.client.list_webhooks()] == [made.id]


async def update_webhook(salon: Salon) -> None:
    made = await registered(salon)
    await salon.client.update_webhook(made.id, URL, TRIGGERS[:2], SECRET)


async def delete_webhook(salon: Salon) -> None:
    await salon.client.delete_webhook((await registered(salon)).id)

"""Webhooks of many bookings are lost, doubled and shuffled: after one repair we have what Cal.com has."""

import asyncio
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import pytest

from services.syncer.handlers import RepairBookings
from services.syncer.providers import CalcomCalendar
from services.syncer.store.repairs import Repairs
from shared.contracts.events import OWN_EVENTS
from shared.db.credentials import Credentials
from tests.integration.syncer.lively import lively, with_losses
from tests.integration.syncer.test_repair import Reports

if TYPE_CHECKING:
    from infra.simulators.control import CalcomControl
    from tests.integration.syncer.conftest import World

#: Deliveries of one process of the syncer.
_AT_ONCE: Final = 8


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("bookings", [100, pytest.param(1_000, marks=pytest.mark.long)])
async def test_after_one_repair_every_field_of_every_booking_is_that_of_cal_com(
    connected: "World", calcom: "CalcomControl", bookings: int
) -> None:
    repair, reports = _repair(connected)
    await repair()
    async with lively(connected, calcom) as calendar:
        await calendar.live(bookings)
        sent, there = await calendar.sent(), await calendar.bookings()
    arrived = with_losses(sent)
    await _deliver(connected, arrived)
    wanted = {booking["uid"]: _expected(booking, _declined(arrived)) for booking in there}
    assert len(wanted) > bookings
    assert _kept(connected) != wanted, "the losses show"
    await repair()
    assert reports.repaired[connected.company] > 0
    await _merge_what_was_found(connected)
    kept = _kept(connected)
    assert kept.keys() == wanted.keys()
    assert [(row, wanted[uid]) for uid, row in kept.items() if row != wanted[uid]] == []
    booked = [data["calcom_uid"] for _, data in connected.events("appointment.booked")]
    assert len(booked) == len(set(booked))
    await _finds_nothing_more(connected)


async def _finds_nothing_more(world: "World") -> None:
    before = len(world.events())
    repair, _ = _repair(world)
    await repair()
    assert len(world.events()) == before


def _repair(world: "World") -> tuple[RepairBookings, Reports]:
    assert world.providers is not None
    calendar = CalcomCalendar(world.providers, Credentials(world.database, world.vault))
    reports = Reports()
    return RepairBookings(Repairs(world.database, source="syncer"), calendar, reports, 0.0), reports


async def _deliver(world: "World", arrived: list[tuple[str, dict[str, Any]]]) -> None:
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(event_type: str, body: dict[str, Any]) -> None:
        async with places:
            await world.tell(event_type, body)

    await asyncio.gather(*(one(*each) for each in arrived))


async def _merge_what_was_found(world: "World") -> None:
    for kind, data in world.events("booking.observed"):
        await world.observe(OWN_EVENTS[kind].model_validate_json(json.dumps(data)))


def _declined(arrived: list[tuple[str, dict[str, Any]]]) -> dict[str, str]:
    """Why, by uid. The API does not show it: where the webhook was lost, nobody can know."""
    declined = [body["payload"] for event_type, body in arrived if event_type == "calcom.booking_rejected"]
    return {booking["uid"]: booking["rejectionReason"] for booking in declined}


def _expected(booking: dict[str, Any], declined: dict[str, str]) -> dict[str, Any]:
    """The row of a booking, read from the API's object without any of our own reading."""
    attendee, host, metadata = booking["attendees"][0], booking["hosts"][0], booking["metadata"]
    status = "rescheduled" if booking.get("rescheduledToUid") else booking["status"]
    return {
        "calcom_booking_id": booking["id"],
        "event_type_id": booking["eventType"]["id"],
        "status": status,
        "title": booking["title"],
        "start_at": datetime.fromisoformat(booking["start"]),
        "end_at": datetime.fromisoformat(booking["end"]),
        "timezone": attendee["timeZone"],
        "location": booking["location"],
        "host_name": host["name"],
        "host_email": host["email"],
        "attendee_name": attendee["name"],
        "attendee_email": attendee["email"],
        "attendee_phone": attendee.get("phoneNumber"),
        "no_show": attendee["absent"],
        "call_id": metadata.get("call_id"),
        "token": metadata.get("askpro_token"),
        "cancellation_reason": booking.get("cancellationReason") or declined.get(booking["uid"]),
        "rescheduled_to": booking.get("rescheduledToUid"),
        "rescheduled_from": booking.get("rescheduledFromUid"),
        "seats": None,
    }


def _kept(world: "World") -> dict[str, dict[str, Any]]:
    """Every field that Cal.com can tell, by uid."""
    names = (
        "calcom_booking_id, event_type_id, status, title, start_at, end_at, timezone, location, host_name,"
        " host_email, attendee_name, attendee_email, attendee_phone, no_show, call_id, token,"
        " cancellation_reason, rescheduled_to, rescheduled_from, seats"
    )
    query = f"select calcom_uid, {names} from appointments where company_id = %s"  # noqa: S608  # names above
    rows = world.rows(query, world.company)
    return {row.pop("calcom_uid"): row for row in rows}

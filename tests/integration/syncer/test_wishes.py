"""What could not be booked during the call is booked later, once, or somebody is called back."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from psycopg.types.json import Jsonb

from shared.clients.calcom import Calcom, NewBooking
from shared.contracts.events import BookingRequested
from shared.errors import TransientError, UnknownOutcomeError

if TYPE_CHECKING:
    from infra.simulators.control import CalcomControl
    from shared.clients.providers import Providers
    from tests.integration.syncer.conftest import World


def workday() -> datetime:
    """10:00 UTC of the next day from Monday to Thursday."""
    day = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return day + timedelta(days=(7 - day.weekday()) if day.weekday() > 3 else 0)


@dataclass
class Salon:
    """A company with one event type, which two hosts never share."""

    world: "World"
    calcom: "CalcomControl"
    event_type: dict[str, Any]

    @property
    def client(self) -> Calcom:
        assert self.world.providers is not None
        return self.world.providers.calcom(self.world.company, self.world.account["apiKey"], region="default")

    def wish(self, token: str = "tok-1", **changes: Any) -> BookingRequested:  # no secret
        fields: dict[str, Any] = {
            "company_id": self.world.company,
            "token": token,
            "branch_id": "mitte",
            "call_id": "call-1",
            "service_key": "schnitt",
            "event_type_id": self.event_type["id"],
            "start": workday(),
            "duration_minutes": 30,
            "timezone": "Europe/Berlin",
            "customer": {"name": "Ana Ruiz", "phone": "+491701234567"},
            "booking_email": f"k-{token}@termine.example",
        }
        return BookingRequested.model_validate(fields | changes)

    async def take(self, start: datetime) -> None:
        """Somebody else books that time."""
        booking = NewBooking(self.event_type["id"], start, "Else", "Europe/Berlin", email="else@example.org")
        await self.client.create_booking(booking)

    def appointments(self) -> list[dict[str, Any]]:
        query = "select * from appointments where company_id = %s"
        return self.world.rows(query, self.world.company)

    async def creations(self) -> int:
        requests = await self.calcom.requests(path="/v2/bookings", method="POST")
        return len([each for each in requests if each["key"] == self.world.account["apiKey"]])


@pytest.fixture
async def salon(connected: "World", calcom: "CalcomControl") -> Salon:
    await calcom.configure(booking_seconds=[0, 0])
    event_type = await calcom.add_event_type(connected.account["id"], "Haarschnitt", 30)
    return Salon(connected, calcom, event_type)


async def test_a_wish_is_booked_with_its_token_and_told(salon: Salon) -> None:
    await salon.world.observe(salon.wish())
    (row,) = salon.appointments()
    assert (row["status"], row["token"], row["call_id"]) == ("accepted", "tok-1", "call-1")
    assert row["start_at"] == workday()
    assert salon.world.kinds() == ["appointment.booked"]


async def test_an_attempt_that_became_a_wish_keeps_that_the_caller_heard_of_no_booking(salon: Salon) -> None:
    wish = salon.wish()
    salon.world.execute(
        "insert into bookings (company_id, token, call_id, branch_id, kind, state, event_type_id, start_at,"
        " request, result) values (%s, %s, 'call-1', 'mitte', 'book', 'requested', %s, %s, '{}', %s)",
        wish.company_id,
        wish.token,
        wish.event_type_id,
        wish.start,
        Jsonb({"outcome": "requested"}),
    )
    await salon.world.observe(wish)
    (attempt,) = salon.world.rows("select * from bookings where company_id = %s", salon.world.company)
    assert (attempt["state"], attempt["result"]) == ("booked", {"outcome": "requested"})


async def test_a_wish_is_booked_for_as_long_as_all_of_its_services_take(salon: Salon) -> None:
    lengths = {"slug": "lang", "lengthInMinutesOptions": [30, 60, 90]}
    several = await salon.calcom.add_event_type(salon.world.account["id"], "Schnitt", 30, **lengths)
    long = {"event_type_id": several["id"], "duration_minutes": 90, "length_minutes": 90}
    await salon.world.observe(salon.wish(**long))
    # The nearest other time has to have as much room.
    await salon.world.observe(salon.wish("tok-2", accept_nearest=True, **long))
    rows = sorted(salon.appointments(), key=lambda row: row["start_at"])
    assert [row["end_at"] - row["start_at"] for row in rows] == [timedelta(minutes=90)] * 2
    assert rows[0]["end_at"] <= rows[1]["start_at"]


async def test_a_wish_of_a_company_in_europe_is_booked_there(salon: Salon, only_europe: "Providers") -> None:
    salon.world.providers = only_europe
    salon.world.execute("update companies set calcom_region = 'eu' where id = %s", salon.world.company)
    await salon.world.observe(salon.wish())
    assert [row["status"] for row in salon.appointments()] == ["accepted"]


async def _held(salon: Salon, wish: BookingRequested) -> None:
    """The wish was handed over by voice_tools, which holds its slot, and another one of the same call."""
    for start in (wish.start, wish.start + timedelta(hours=1)):
        salon.world.execute(
            "insert into slot_holds (company_id, event_type_id, start_at, call_id, expires_at)"
            " values (%s, %s, %s, 'call-1', now() + interval '1 hour')",
            wish.company_id,
            wish.event_type_id,
            start,
        )
    salon.world.execute(
        "insert into bookings (company_id, token, call_id, branch_id, kind, state, event_type_id, start_at,"
        " request) values (%s, %s, 'call-1', 'mitte', 'book', 'requested', %s, %s, '{}')",
        wish.company_id,
        wish.token,
        wish.event_type_id,
        wish.start,
    )


def _holds(salon: Salon) -> list[datetime]:
    rows = salon.world.rows("select start_at from slot_holds where company_id = %s", salon.world.company)
    return [row["start_at"] for row in rows]


async def test_a_wish_that_is_booked_lets_go_of_its_slot_and_of_no_other(salon: Salon) -> None:
    await _held(salon, salon.wish())
    await salon.world.observe(salon.wish())
    assert _holds(salon) == [workday() + timedelta(hours=1)]


async def test_a_wish_that_fails_lets_go_of_its_slot(salon: Salon) -> None:
    await salon.take(workday())
    await _held(salon, salon.wish())
    await salon.world.observe(salon.wish())
    assert _holds(salon) == [workday() + timedelta(hours=1)]


async def test_a_copy_of_a_wish_books_nothing_more(salon: Salon) -> None:
    for _ in range(3):
        await salon.world.observe(salon.wish())
    assert await salon.creations() == 1
    assert salon.world.kinds() == ["appointment.booked"]


async def test_copies_at_once_end_with_one_booking_and_no_callback(salon: Salon) -> None:
    await asyncio.gather(*(salon.world.observe(salon.wish()) for _ in range(4)))
    assert len(salon.appointments()) == 1
    assert salon.world.kinds() == ["appointment.booked"]


async def test_after_a_lost_answer_the_booking_is_found_by_its_token(salon: Salon) -> None:
    fault = await salon.calcom.fault("POST /v2/bookings", "lost_answer", times=1)
    with pytest.raises(UnknownOutcomeError) as caught:
        await salon.world.observe(salon.wish())
    # Cal.com may still be at it: a look that comes sooner could miss the booking.
    assert caught.value.retry_after == 30
    await salon.calcom.heal(fault)
    await salon.world.observe(salon.wish())
    assert len(salon.appointments()) == 1


async def test_a_wish_that_is_not_due_waits(salon: Salon) -> None:
    due = datetime.now(UTC) + timedelta(minutes=5)
    with pytest.raises(TransientError) as caught:
        await salon.world.observe(salon.wish(due=due))
    assert 290 < (caught.value.retry_after or 0) <= 300
    assert await salon.creations() == 0


def _attempts(salon: Salon) -> list[tuple[str, str]]:
    rows = salon.world.rows("select * from bookings where company_id = %s", salon.world.company)
    return [(row["token"], row["state"]) for row in rows]


async def test_a_wish_that_only_the_broker_was_told_of_has_its_row_before_it_is_due(salon: Salon) -> None:
    due = datetime.now(UTC) + timedelta(minutes=5)
    with pytest.raises(TransientError):
        await salon.world.observe(salon.wish(due=due))
    assert _attempts(salon) == [("tok-1", "requested")]
    await salon.world.observe(salon.wish())
    assert _attempts(salon) == [("tok-1", "booked")]
    assert await salon.creations() == 1


@pytest.mark.parametrize("state", ["started", "pending"])
async def test_an_attempt_that_its_process_left_behind_is_settled_by_the_wish(
    salon: Salon, state: str
) -> None:
    await _held(salon, salon.wish())
    salon.world.execute("update bookings set state = %s where company_id = %s", state, salon.world.company)
    await salon.world.observe(salon.wish())
    # As long as it stood at that the sweep would hand it over once more.
    assert _attempts(salon) == [("tok-1", "booked")]
    assert await salon.creations() == 1


async def test_a_time_taken_is_refused_and_somebody_called_back(salon: Salon) -> None:
    await salon.take(workday())
    await salon.world.observe(salon.wish())
    assert salon.world.kinds() == ["booking.request_failed", "callback.requested"]
    (_, failed), (_, callback) = salon.world.events()
    assert (failed["reason"], callback["phone"]) == ("taken", "+491701234567")
    (row,) = salon.world.rows("select * from callbacks where company_id = %s", salon.world.company)
    assert (row["id"], row["branch_id"], row["state"]) == (callback["callback_id"], "mitte", "open")
    assert row["kind"] == "wish"
    await salon.world.observe(salon.wish())
    assert len(salon.world.kinds()) == 2


async def test_the_task_is_in_the_companys_language_and_names_service_and_time_of_the_branch(
    salon: Salon,
) -> None:
    await salon.take(workday())
    salon.world.execute("update companies set language = 'en-GB' where id = %s", salon.world.company)
    await salon.world.observe(salon.wish(timezone="UTC"))
    ((_, callback),) = salon.world.events("callback.requested")
    local = workday().astimezone(ZoneInfo("Europe/Berlin"))
    assert (
        callback["reason"]
        == f"Wish not booked, Haarschnitt on {local:%A, %-d %B %Y, %H:%M}: the time is taken."
    )


async def test_who_takes_the_nearest_gets_the_nearest(salon: Salon) -> None:
    await salon.take(workday())
    await salon.world.observe(salon.wish(accept_nearest=True))
    (row,) = salon.appointments()
    assert abs(row["start_at"] - workday()) == timedelta(minutes=30)
    assert row["token"] == "tok-1"


async def test_whoever_is_told_of_the_nearest_time_is_told_that_it_is_not_the_one_they_wished(
    salon: Salon,
) -> None:
    await salon.take(workday())
    wish = salon.wish(accept_nearest=True)
    await _held(salon, wish)
    await salon.world.observe(wish)
    ((_, booked),) = salon.world.events("appointment.booked")
    assert (
        datetime.fromisoformat(booked["wished_start"])
        == wish.start
        != datetime.fromisoformat(booked["start"])
    )


async def test_a_number_that_calcom_does_not_take_is_left_out(salon: Salon) -> None:
    wish = salon.wish(customer={"name": "Ana", "phone": "+49"})
    await salon.world.observe(wish)
    assert [row["status"] for row in salon.appointments()] == ["accepted"]


async def test_somebody_elses_booking_is_not_taken_for_ours(salon: Salon) -> None:
    account = salon.world.account["id"]
    team: dict[str, Any] = {"schedulingType": "roundRobin", "hosts": [{"userId": account}]}
    salon.event_type = await salon.calcom.add_event_type(account, "Egal", 30, **team)
    shared_address = "k-shared@termine.example"
    await salon.world.observe(salon.wish("tok-1", booking_email=shared_address))
    await salon.world.observe(salon.wish("tok-2", booking_email=shared_address))
    assert [row["token"] for row in salon.appointments()] == ["tok-1"]
    assert "booking.request_failed" in salon.world.kinds()


async def test_an_unknown_event_type_and_a_past_time_are_refused_for_good(salon: Salon) -> None:
    await salon.world.observe(salon.wish("tok-1", event_type_id=999_999))
    await salon.world.observe(salon.wish("tok-2", start=datetime.now(UTC) - timedelta(hours=1)))
    reasons = [data["reason"] for _, data in salon.world.events("booking.request_failed")]
    assert reasons == ["unknown_event_type", "past"]


async def test_a_company_without_calendar_calls_back(world: "World", salon: Salon) -> None:
    wish = salon.wish(company_id=world.company)
    await world.observe(wish)
    assert world.kinds() == ["booking.request_failed", "callback.requested"]

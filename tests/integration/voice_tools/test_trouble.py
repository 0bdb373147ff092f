"""What a caller hears when the calendar is slow, away, or its answer is lost; no wish is ever lost."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from infra.simulators.control import CalcomControl
from shared.contracts.events import BookingRequested
from shared.db.tables import Booking, Callback
from tests.integration.voice_tools.salon import MOBILE, OpenSalon, Salon, next_open_day
from tests.support import eventually

CREATE = "POST /v2/bookings"


async def _calcom_recovers(salon: Salon) -> None:
    """The circuit of the calendar is closed again, so that one test's outage is not the next one's."""

    async def works() -> bool:
        probe = salon.another_call()
        return not (await probe.offered(next_open_day(20), part_of_day="abend")).get("stale")

    await salon.calcom.heal()
    async with salon.database.transaction() as session:
        await session.execute(text("update circuits set state = 'closed', version = version + 1"))
    await eventually(works, within=30, every=0.5, of="the calendar answers")


async def test_a_lost_answer_is_looked_up_and_booked_once(salon: Salon) -> None:
    await salon.offered(next_open_day())
    await salon.calcom.fault(CREATE, "lost_answer", times=1)
    answer = await salon.book("A")
    assert answer["status"] == "booked"
    [booking] = await salon.bookings_at_calcom()
    assert booking["uid"] == answer["booking"]
    assert await salon.events("booking.requested") == []


async def test_an_outage_after_the_offer_turns_the_booking_into_a_request(salon: Salon) -> None:
    await salon.offered(next_open_day())
    await salon.calcom.fault(CREATE, "status", status=503, times=1)
    answer = await salon.book("A")
    assert answer["status"] == "requested"
    assert "notiert" in answer["say"]
    assert "eingetragen" not in answer["say"]
    event = await salon.event("booking.requested")
    wish = BookingRequested.model_validate(event.data)
    [attempt] = await salon.attempts()
    assert (attempt.state, attempt.token, attempt.result) == (
        "requested",
        wish.token,
        {"outcome": "requested"},
    )
    assert wish.due is not None
    assert timedelta(seconds=20) < wish.due - datetime.now(UTC) < timedelta(seconds=31)
    assert event.attributes.correlationid == salon.call_id
    assert (await salon.book("A"))["status"] == "requested"
    assert len(await salon.events("booking.requested")) == 1


async def test_a_slow_calendar_is_pending_at_once_and_booked_a_moment_later(salon: Salon) -> None:
    await salon.offered(next_open_day())
    await salon.calcom.fault(CREATE, "latency", seconds=4, times=1)
    started = datetime.now(UTC)
    answer = await salon.book("A")
    assert answer["status"] == "pending"
    assert datetime.now(UTC) - started < timedelta(seconds=3.5)

    async def booked() -> bool:
        return (await salon.book("A"))["status"] == "booked"

    await eventually(booked, within=10, every=0.5, of="the booking arrived")
    assert len(await salon.bookings_at_calcom()) == 1
    # The notifier reads from it that nobody may have been there to hear of it.
    assert [(each.result or {})["waited"] for each in await salon.attempts()] == [True]


async def test_who_was_told_to_wait_and_lost_the_slot_is_called_back(salon: Salon) -> None:
    stranger = salon.another_call()
    for caller in (salon, stranger):
        await caller.offered(next_open_day())
    await salon.calcom.fault(CREATE, "latency", seconds=4, times=1)
    assert (await salon.book("A"))["status"] == "pending"
    # Our own callers do not get each other's slot while one of them is being booked.
    assert (await stranger.book("A", "Bernd Stein"))["status"] == "taken"
    async with salon.database.transaction() as session:
        await session.execute(text("delete from slot_holds"))

    async def got_it() -> bool:
        return (await stranger.book("A", "Bernd Stein"))["status"] == "booked"

    await eventually(got_it, of="the stranger's booking")
    event = await salon.event("callback.requested", within=10)
    assert event.data["phone"] == MOBILE
    assert event.data["reason"].startswith("Terminwunsch nicht gebucht, Herrenhaarschnitt am ")
    assert event.data["reason"].endswith(" Uhr: die Zeit ist vergeben.")


async def test_the_task_of_an_english_company_says_why_the_calendar_refused(open_salon: OpenSalon) -> None:
    field = {"type": "text", "slug": "versicherung", "required": True, "label": "Versicherung"}
    salon = await open_salon(bookingFields=[field])
    await salon.speaks("en-GB")
    await salon.offered(next_open_day())
    await salon.calcom.fault(CREATE, "latency", seconds=4, times=1)
    assert (await salon.book("A"))["status"] == "pending"
    reason = (await salon.event("callback.requested", within=10)).data["reason"]
    assert reason.startswith("Wish not booked, Herrenhaarschnitt on ")
    assert reason.endswith(": the calendar demands something that is not asked on the phone.")


async def test_a_wish_whose_process_died_is_taken_over(salon: Salon) -> None:
    await salon.offered(next_open_day())
    await salon.book("A")
    async with salon.database.transaction() as session:
        await session.execute(
            update(Booking)
            .where(Booking.company_id == salon.company_id)
            .values(state="started", updated_at=datetime.now(UTC) - timedelta(minutes=5))
        )

    event = await salon.event("booking.requested", within=25)
    assert event.attributes.correlationid == salon.call_id
    assert [attempt.state for attempt in await salon.attempts()] == ["requested"]


async def test_an_event_type_that_cannot_be_booked_leads_to_a_person(open_salon: OpenSalon) -> None:
    field = {"type": "text", "slug": "versicherung", "required": True, "label": "Versicherung"}
    salon = await open_salon(bookingFields=[field])
    await salon.offered(next_open_day())
    answer = await salon.book("A")
    assert (answer["status"], answer["next"]) == ("not_bookable", "offer_callback")


async def test_a_calendar_that_is_away_is_said_so_and_closes_nothing_else(
    salon: Salon, calcom: CalcomControl
) -> None:
    await calcom.fault("GET /v2/slots", "status", status=503)
    await calcom.fault(CREATE, "status", status=503)
    answer = await salon.offered(next_open_day(), time="10:00")
    assert (answer["status"], answer["stale"]) == ("unverified", True)
    assert "10 Uhr notieren" in answer["say"]
    assert (await salon.book("A"))["status"] == "requested"
    noted = await salon.ask("request_callback", {"reason": "Termin", "customer_name": "Anna Meyer"})
    assert noted["status"] == "noted"
    assert (await salon.ask("request_callback", {"reason": "Termin"}))["say"].startswith(
        "Der Rückruf ist bereits"
    )
    async with salon.database.transaction() as session:
        [row] = await session.scalars(select(Callback).where(Callback.company_id == salon.company_id))
    event = await salon.event("callback.requested")
    assert event.data["callback_id"] == row.id
    await _calcom_recovers(salon)


async def test_a_circuit_that_is_open_for_everybody_lets_no_caller_wait(salon: Salon) -> None:
    await salon.offered(next_open_day())
    async with salon.database.transaction() as session:
        await session.execute(
            text(
                "insert into circuits"
                " (name, kind, state, opened_at, rest_until, rest_seconds, version, reason) values"
                " ('calcom', 'dependency', 'open', now(), now() + interval '1 minute', 20, 1000, 'test')"
                " on conflict (name) do update set state = 'open', rest_until = now() + interval '1 minute',"
                " version = circuits.version + 1000"
            )
        )

    async def learned() -> bool:
        return 'askpro_circuit_open{circuit="calcom"} 1.0' in (await salon.client.get("/metrics")).text

    before = len(await salon.calcom.requests("/v2/bookings", "POST"))
    await eventually(learned, within=10, every=0.3, of="the circuit is known")
    assert (await salon.book("A"))["status"] == "requested"
    assert len(await salon.calcom.requests("/v2/bookings", "POST")) == before
    event = await salon.event("booking.requested")
    assert event.data["due"] is None
    # Of those days nothing is known yet, and nobody is asked.
    looks = len(await salon.calcom.requests("/v2/slots"))
    unknown = await salon.another_call().offered(next_open_day(20), time="10:00")
    assert (unknown["status"], len(await salon.calcom.requests("/v2/slots"))) == ("unverified", looks)
    await _calcom_recovers(salon)


@pytest.mark.parametrize(
    ("path", "key", "age_ms", "status"),
    [
        ("/functions/{company}/book_appointment", "key_of_somebody_else", 0, 401),
        ("/functions/{company}/book_appointment", None, 6 * 60_000, 401),
        ("/functions/nobody/book_appointment", None, 0, 404),
        ("/calls/inbound/{company}", "key_of_somebody_else", 0, 401),
    ],
)
async def test_only_retell_with_the_key_of_the_company_is_answered(
    salon: Salon, path: str, key: str | None, age_ms: int, status: int
) -> None:
    answer = await salon.post(
        path.format(company=salon.company_id), {"call": salon.call()}, key=key, age_ms=age_ms
    )
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_request_without_signature_or_with_too_much_of_a_body_is_refused(salon: Salon) -> None:
    path = f"/functions/{salon.company_id}/check_availability"
    assert (await salon.client.post(path, content=b"{}")).status_code == 401
    assert (await salon.client.post(path, content=b"x" * (3 * 1024 * 1024))).status_code == 413


async def test_whatever_a_model_makes_up_is_answered_with_a_sentence(salon: Salon) -> None:
    assert (await salon.ask("transfer_money"))["status"] == "unknown_function"
    odd = {"service": ["x"], "date": "{{date}}", "weekday": 7, "time": None, "caller_words": "\ud83d\x00"}
    assert (await salon.ask("check_availability", odd))["status"] == "unknown_service"
    assert (await salon.ask("check_availability", call_id=None))["status"] == "unavailable"
    for name in ("find_appointment", "cancel_appointment", "reschedule_appointment", "record_consent"):
        assert (await salon.ask(name, {"appointment_code": {"a": 1}}))["say"]

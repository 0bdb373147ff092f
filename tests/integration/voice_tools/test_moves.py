"""An appointment that was moved is another booking: it is followed, and its old slot is free."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import update

from shared.db.tables import Appointment
from tests.integration.voice_tools.salon import OpenSalon, Salon, at, booked, entered, next_open_day


async def _found(salon: Salon, day: date) -> None:
    """The caller's appointment has the number 1 in this call."""
    answer = await salon.ask("find_appointment", {"customer_name": "Anna Meyer", "date": day.isoformat()})
    assert [each["code"] for each in answer["appointments"]] == ["1"]


async def _move(salon: Salon, day: date, clock: str, code: str = "1") -> dict[str, Any]:
    """The caller wants it at ``clock`` and has said yes."""
    offer = (await salon.offered(day, time=clock))["slots"][0]
    assert offer["start"][11:16] == clock
    yes = {"appointment_code": code, "slot_code": offer["code"], "caller_confirmed": True}
    return await salon.ask("reschedule_appointment", yes)


async def _standing(salon: Salon) -> list[tuple[str, datetime]]:
    """What is in the calendar: status and start."""
    return [
        (each["status"], datetime.fromisoformat(each["start"]))
        for each in await salon.bookings_at_calcom()
        if each["status"] in {"accepted", "pending"}
    ]


async def test_an_appointment_that_was_moved_moves_again_before_its_webhook_is_here(salon: Salon) -> None:
    day = next_open_day()
    await booked(salon, day)
    await _found(salon, day)
    assert (await _move(salon, day, "15:00"))["status"] == "rescheduled"
    again = await _move(salon, day, "16:30")
    assert again["status"] == "rescheduled"
    assert "15 Uhr ist verschoben auf" in again["say"]
    assert await _standing(salon) == [("accepted", at(day, "16:30"))]


async def test_an_appointment_that_was_moved_is_cancelled_where_it_is_now(salon: Salon) -> None:
    day = next_open_day()
    await booked(salon, day)
    await _found(salon, day)
    await _move(salon, day, "15:00")
    yes = {"appointment_code": "1", "caller_confirmed": True}
    answers = [await salon.ask("cancel_appointment", yes) for _ in range(2)]
    assert [answer["status"] for answer in answers] == ["cancelled", "cancelled"]
    assert "15 Uhr" in answers[0]["say"]
    assert await _standing(salon) == []


async def test_an_appointment_that_the_host_has_moved_is_followed_by_its_webhook(salon: Salon) -> None:
    day = next_open_day()
    old = await booked(salon, day)
    await _found(salon, day)
    caller = salon.another_call()
    await _found(caller, day)
    await _move(caller, day, "15:00")
    [new] = [each for each in await salon.bookings_at_calcom() if each.get("rescheduledFromUid")]
    await entered(salon, new, rescheduled_from=old["uid"])
    async with salon.database.transaction() as session:
        moved = update(Appointment).where(Appointment.calcom_uid == old["uid"])
        await session.execute(moved.values(status="rescheduled", rescheduled_to=new["uid"]))
    yes = {"appointment_code": "1", "caller_confirmed": True}
    assert "15 Uhr" in (await salon.ask("cancel_appointment", yes))["say"]
    assert await _standing(salon) == []


async def test_the_same_move_twice_is_made_once(salon: Salon) -> None:
    day = next_open_day()
    await booked(salon, day)
    await _found(salon, day)
    letter = (await salon.offered(day, time="15:00"))["slots"][0]["code"]
    yes = {"appointment_code": "1", "slot_code": letter, "caller_confirmed": True}
    answers = [await salon.ask("reschedule_appointment", yes) for _ in range(2)]
    assert [answer["status"] for answer in answers] == ["rescheduled", "rescheduled"]
    assert answers[1]["already"] is True
    assert len([attempt for attempt in await salon.attempts() if attempt.kind == "reschedule"]) == 1


async def test_a_move_that_the_host_must_confirm_is_not_called_done(open_salon: OpenSalon) -> None:
    salon, day = await open_salon(requiresConfirmation=True), next_open_day()
    await booked(salon, day)
    await _found(salon, day)
    answer = await _move(salon, day, "15:00")
    assert answer["status"] == "awaiting_confirmation"
    assert "verschoben" not in answer["say"]
    [change] = [attempt for attempt in await salon.attempts() if attempt.kind == "reschedule"]
    assert (change.result or {})["outcome"] == "awaiting"


async def test_a_lost_answer_to_a_move_that_the_host_must_confirm_is_not_called_done(
    open_salon: OpenSalon,
) -> None:
    salon, day = await open_salon(requiresConfirmation=True), next_open_day()
    booking = await booked(salon, day)
    await _found(salon, day)
    await salon.calcom.fault(f"POST /v2/bookings/{booking['uid']}/reschedule", "lost_answer", times=1)
    assert (await _move(salon, day, "15:00"))["status"] == "awaiting_confirmation"


async def test_what_is_cancelled_is_booked_again_in_the_same_call_and_not_moved(salon: Salon) -> None:
    day = next_open_day()
    await salon.offered(day, time="10:00")
    first = await salon.book("A")
    [booking] = await salon.bookings_at_calcom()
    await entered(salon, booking)
    await _found(salon, day)
    yes = {"appointment_code": "1", "caller_confirmed": True}
    assert (await salon.ask("cancel_appointment", yes))["status"] == "cancelled"
    assert (await salon.ask("reschedule_appointment", {**yes, "slot_code": "A"}))["status"] == "cancelled"
    again = await salon.book("A")
    assert again["status"] == "booked"
    assert again["booking"] != first["booking"]
    assert "bereits" not in again["say"]
    assert await _standing(salon) == [("accepted", at(day, "10:00"))]


async def test_a_slot_that_a_move_has_left_may_be_booked_again(salon: Salon) -> None:
    day = next_open_day()
    await salon.offered(day, time="10:00")
    await salon.book("A")
    [booking] = await salon.bookings_at_calcom()
    await entered(salon, booking)
    await _found(salon, day)
    await _move(salon, day, "15:00")
    assert (await salon.book("A", "Bernd Meyer"))["status"] == "booked"
    assert sorted(await _standing(salon)) == [("accepted", at(day, "10:00")), ("accepted", at(day, "15:00"))]

"""A caller's own appointments: named only after two facts, changed only after a yes."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from shared.db.tables import Appointment, Consent
from tests.integration.voice_tools.conftest import ZONE, OpenSalon, Salon, at, next_open_day


async def _booked(salon: Salon, day: date, name: str = "Anna Meyer") -> dict[str, Any]:
    """An appointment as the syncer writes it after the webhook."""
    caller = salon.another_call()
    await caller.offered(day, time="10:00")
    answer = await caller.book("A", name)
    [booking] = [each for each in await salon.bookings_at_calcom() if each["uid"] == answer["booking"]]
    await _entered(salon, booking, name)
    return booking


async def _entered(salon: Salon, booking: dict[str, Any], name: str = "Anna Meyer", **fields: Any) -> None:
    row: dict[str, Any] = {
        "branch_id": salon.branch.branch_id,
        "event_type_id": salon.event_type_id,
        "status": booking["status"],
        "service_key": "herrenschnitt",
        "start_at": datetime.fromisoformat(booking["start"]),
        "end_at": datetime.fromisoformat(booking["end"]),
        "attendee_name": name,
        "attendee_phone": "+4915112345678",
    }
    await salon.appointment(booking["uid"], **row | fields)


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


async def test_an_appointment_is_named_only_after_name_and_day(salon: Salon) -> None:
    day = next_open_day()
    await _booked(salon, day)
    assert (await salon.ask("find_appointment", {"customer_name": "Meyer"}))["status"] == "need_name_and_day"
    wrong_name = await salon.ask("find_appointment", {"customer_name": "Stein", "date": day.isoformat()})
    wrong_day = await salon.ask(
        "find_appointment", {"customer_name": "Meyer", "date": (day + timedelta(days=1)).isoformat()}
    )
    assert {wrong_name["status"], wrong_day["status"]} == {"not_found"}
    right = await salon.ask("find_appointment", {"customer_name": "Maier", "date": day.isoformat()})
    assert right["status"] == "found"
    assert right["appointments"][0]["code"] == "1"


async def test_a_cancellation_needs_a_yes_and_happens_once(salon: Salon) -> None:
    day = next_open_day()
    booking = await _booked(salon, day)
    await salon.ask("find_appointment", {"customer_name": "Anna Meyer", "date": day.isoformat()})
    assert (await salon.ask("cancel_appointment", {"appointment_code": "1"}))["status"] == "confirm_first"
    yes = {"appointment_code": "1", "caller_confirmed": "ja", "reason": "krank"}
    first, second = await salon.ask("cancel_appointment", yes), await salon.ask("cancel_appointment", yes)
    assert (first["status"], second["status"]) == ("cancelled", "cancelled")
    [now] = [each for each in await salon.bookings_at_calcom() if each["uid"] == booking["uid"]]
    assert (now["status"], now["cancellationReason"]) == ("cancelled", "krank")
    path = f"/v2/bookings/{booking['uid']}/cancel"
    assert len(await salon.calcom.requests(path)) == 1


async def test_a_number_of_another_call_opens_nothing(salon: Salon) -> None:
    day = next_open_day()
    await _booked(salon, day)
    await salon.ask("find_appointment", {"customer_name": "Anna Meyer", "date": day.isoformat()})
    stranger = salon.another_call()
    answer = await stranger.ask("cancel_appointment", {"appointment_code": "1", "caller_confirmed": True})
    assert answer["status"] == "unknown_code"


async def test_an_appointment_moves_to_an_offered_time(salon: Salon) -> None:
    day = next_open_day()
    booking = await _booked(salon, day)
    await salon.ask("find_appointment", {"customer_name": "Anna Meyer", "date": day.isoformat()})
    offer = (await salon.offered(day, time="15:00"))["slots"][0]
    yes = {"appointment_code": "1", "slot_code": offer["code"], "caller_confirmed": True}
    answer = await salon.ask("reschedule_appointment", yes)
    assert answer["status"] == "rescheduled"
    assert "15 Uhr" in answer["say"]
    moved = [
        each for each in await salon.bookings_at_calcom() if each.get("rescheduledFromUid") == booking["uid"]
    ]
    assert [datetime.fromisoformat(each["start"]) for each in moved] == [
        datetime.fromisoformat(offer["start"])
    ]


async def test_an_appointment_that_was_moved_moves_again_before_its_webhook_is_here(salon: Salon) -> None:
    day = next_open_day()
    await _booked(salon, day)
    await _found(salon, day)
    assert (await _move(salon, day, "15:00"))["status"] == "rescheduled"
    again = await _move(salon, day, "16:30")
    assert again["status"] == "rescheduled"
    assert "15 Uhr ist verschoben auf" in again["say"]
    assert await _standing(salon) == [("accepted", at(day, "16:30"))]


async def test_an_appointment_that_was_moved_is_cancelled_where_it_is_now(salon: Salon) -> None:
    day = next_open_day()
    await _booked(salon, day)
    await _found(salon, day)
    await _move(salon, day, "15:00")
    yes = {"appointment_code": "1", "caller_confirmed": True}
    answers = [await salon.ask("cancel_appointment", yes) for _ in range(2)]
    assert [answer["status"] for answer in answers] == ["cancelled", "cancelled"]
    assert "15 Uhr" in answers[0]["say"]
    assert await _standing(salon) == []


async def test_an_appointment_that_the_host_has_moved_is_followed_by_its_webhook(salon: Salon) -> None:
    day = next_open_day()
    old = await _booked(salon, day)
    await _found(salon, day)
    caller = salon.another_call()
    await _found(caller, day)
    await _move(caller, day, "15:00")
    [new] = [each for each in await salon.bookings_at_calcom() if each.get("rescheduledFromUid")]
    await _entered(salon, new, rescheduled_from=old["uid"])
    async with salon.database.transaction() as session:
        moved = update(Appointment).where(Appointment.calcom_uid == old["uid"])
        await session.execute(moved.values(status="rescheduled", rescheduled_to=new["uid"]))
    yes = {"appointment_code": "1", "caller_confirmed": True}
    assert "15 Uhr" in (await salon.ask("cancel_appointment", yes))["say"]
    assert await _standing(salon) == []


async def test_the_same_move_twice_is_made_once(salon: Salon) -> None:
    day = next_open_day()
    await _booked(salon, day)
    await _found(salon, day)
    letter = (await salon.offered(day, time="15:00"))["slots"][0]["code"]
    yes = {"appointment_code": "1", "slot_code": letter, "caller_confirmed": True}
    answers = [await salon.ask("reschedule_appointment", yes) for _ in range(2)]
    assert [answer["status"] for answer in answers] == ["rescheduled", "rescheduled"]
    assert answers[1]["already"] is True
    assert len([attempt for attempt in await salon.attempts() if attempt.kind == "reschedule"]) == 1


async def test_a_move_that_the_host_must_confirm_is_not_called_done(open_salon: OpenSalon) -> None:
    salon, day = await open_salon(requiresConfirmation=True), next_open_day()
    await _booked(salon, day)
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
    booking = await _booked(salon, day)
    await _found(salon, day)
    await salon.calcom.fault(f"POST /v2/bookings/{booking['uid']}/reschedule", "lost_answer", times=1)
    assert (await _move(salon, day, "15:00"))["status"] == "awaiting_confirmation"


async def test_what_is_cancelled_is_booked_again_in_the_same_call_and_not_moved(salon: Salon) -> None:
    day = next_open_day()
    await salon.offered(day, time="10:00")
    booked = await salon.book("A")
    [booking] = await salon.bookings_at_calcom()
    await _entered(salon, booking)
    await _found(salon, day)
    yes = {"appointment_code": "1", "caller_confirmed": True}
    assert (await salon.ask("cancel_appointment", yes))["status"] == "cancelled"
    assert (await salon.ask("reschedule_appointment", {**yes, "slot_code": "A"}))["status"] == "cancelled"
    again = await salon.book("A")
    assert again["status"] == "booked"
    assert again["booking"] != booked["booking"]
    assert "bereits" not in again["say"]
    assert await _standing(salon) == [("accepted", at(day, "10:00"))]


async def test_a_slot_that_a_move_has_left_may_be_booked_again(salon: Salon) -> None:
    day = next_open_day()
    await salon.offered(day, time="10:00")
    await salon.book("A")
    [booking] = await salon.bookings_at_calcom()
    await _entered(salon, booking)
    await _found(salon, day)
    await _move(salon, day, "15:00")
    assert (await salon.book("A", "Bernd Meyer"))["status"] == "booked"
    assert sorted(await _standing(salon)) == [("accepted", at(day, "10:00")), ("accepted", at(day, "15:00"))]


async def test_a_lost_answer_to_a_cancellation_is_looked_into(salon: Salon) -> None:
    day = next_open_day()
    booking = await _booked(salon, day)
    await salon.ask("find_appointment", {"customer_name": "Anna Meyer", "date": day.isoformat()})
    await salon.calcom.fault(f"POST /v2/bookings/{booking['uid']}/cancel", "lost_answer", times=1)
    answer = await salon.ask("cancel_appointment", {"appointment_code": "1", "caller_confirmed": True})
    assert answer["status"] == "cancelled"


async def test_a_change_that_cannot_be_settled_is_looked_at_by_a_person(salon: Salon) -> None:
    day = next_open_day()
    booking = await _booked(salon, day)
    await salon.ask("find_appointment", {"customer_name": "Anna Meyer", "date": day.isoformat()})
    await salon.calcom.fault(f"POST /v2/bookings/{booking['uid']}/cancel", "status", status=503, times=1)
    answer = await salon.ask("cancel_appointment", {"appointment_code": "1", "caller_confirmed": True})
    assert answer["status"] == "requested"
    event = await salon.event("callback.requested")
    assert event.data["reason"].startswith("Absagen offen, Herrenhaarschnitt am ")
    assert event.data["reason"].endswith("10:00 Uhr: der Kalender hat nicht geantwortet.")


async def test_what_others_book_is_looked_up_anew(salon: Salon) -> None:
    day = next_open_day()
    await salon.offered(day)
    before = len(await salon.calcom.requests("/v2/slots"))
    await salon.offered(day)
    assert len(await salon.calcom.requests("/v2/slots")) == before
    async with salon.database.transaction() as session:
        await session.execute(
            insert(Appointment).values(
                company_id=salon.company_id,
                calcom_uid="booked-on-the-web",
                status="accepted",
                start_at=datetime.now(ZONE) + timedelta(days=3),
                updated_at=datetime.now(ZONE) + timedelta(seconds=5),
            )
        )
    await salon.offered(day)
    assert len(await salon.calcom.requests("/v2/slots")) == before + 1


async def test_a_call_that_rings_learns_the_date_and_the_hours(salon: Salon) -> None:
    variables = await salon.ring()
    assert all(isinstance(value, str) for value in variables.values())
    lines = variables["kalender"].split("\n")
    assert len(lines) == 21
    assert "heute" in lines[0]
    assert any("09:00\N{EN DASH}12:30 und 13:30\N{EN DASH}18:00" in line for line in lines)
    assert variables["heute"].endswith(str(datetime.now(ZONE).year))
    assert (variables["anrufer_nummer_bekannt"], variables["anrufer_bekannt"]) == ("ja", "nein")


@pytest.mark.parametrize("number", ["anonymous", "", "+266696687", "00000000"])
async def test_a_hidden_number_is_nobody(salon: Salon, number: str) -> None:
    assert (await salon.ring(from_number=number))["anrufer_nummer_bekannt"] == "nein"
    assert (await salon.ask("request_callback", {"reason": "Frage"}, from_number=number))[
        "status"
    ] == "number_needed"


async def test_a_forwarded_call_shows_the_branch_and_that_is_nobody(salon: Salon) -> None:
    own = salon.branch.phone_number
    assert (await salon.ring(from_number=own))["anrufer_nummer_bekannt"] == "nein"


async def test_who_booked_before_is_known_but_nothing_of_it_is_told(salon: Salon) -> None:
    await _booked(salon, next_open_day())
    variables = await salon.another_call().ring()
    assert (variables["anrufer_bekannt"], variables["naechster_termin_vorhanden"]) == ("ja", "ja")
    assert "Meyer" not in str(variables)


async def test_a_refusal_of_the_recording_is_kept(salon: Salon) -> None:
    assert (await salon.ask("record_consent", {"allowed": "nein"}))["status"] == "noted"
    async with salon.database.transaction() as session:
        [consent] = await session.scalars(select(Consent).where(Consent.call_id == salon.call_id))
    assert consent.allowed is False


async def test_facts_of_the_branch_are_told_as_they_were_entered(salon: Salon) -> None:
    prices = await salon.ask("branch_information", {"topic": "preise"})
    assert "32 Euro" in prices["say"]
    hours = await salon.ask("branch_information", {"topic": "oeffnungszeiten"})
    assert "Montag 9 Uhr bis 12 Uhr 30" in hours["say"]
    assert (await salon.ask("branch_information", {"topic": "parken"}))["status"] == "no_information"

"""A caller's own appointments: named only after two facts, changed only after a yes."""

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select

from shared.contracts.envelope import Envelope
from shared.db.tables import Consent
from tests.integration.voice_tools.salon import ZONE, Salon, booked, next_open_day
from tests.support import eventually


async def test_an_appointment_is_named_only_after_name_and_day(salon: Salon) -> None:
    day = next_open_day()
    await booked(salon, day)
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
    booking = await booked(salon, day)
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
    await booked(salon, day)
    await salon.ask("find_appointment", {"customer_name": "Anna Meyer", "date": day.isoformat()})
    stranger = salon.another_call()
    answer = await stranger.ask("cancel_appointment", {"appointment_code": "1", "caller_confirmed": True})
    assert answer["status"] == "unknown_code"


async def test_an_appointment_moves_to_an_offered_time(salon: Salon) -> None:
    day = next_open_day()
    booking = await booked(salon, day)
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


async def test_a_lost_answer_to_a_cancellation_is_looked_into(salon: Salon) -> None:
    day = next_open_day()
    booking = await booked(salon, day)
    await salon.ask("find_appointment", {"customer_name": "Anna Meyer", "date": day.isoformat()})
    await salon.calcom.fault(f"POST /v2/bookings/{booking['uid']}/cancel", "lost_answer", times=1)
    answer = await salon.ask("cancel_appointment", {"appointment_code": "1", "caller_confirmed": True})
    assert answer["status"] == "cancelled"


async def test_a_change_that_cannot_be_settled_is_looked_at_by_a_person(salon: Salon) -> None:
    day = next_open_day()
    booking = await booked(salon, day)
    await salon.ask("find_appointment", {"customer_name": "Anna Meyer", "date": day.isoformat()})
    await salon.calcom.fault(f"POST /v2/bookings/{booking['uid']}/cancel", "status", status=503, times=1)
    answer = await salon.ask("cancel_appointment", {"appointment_code": "1", "caller_confirmed": True})
    assert answer["status"] == "requested"
    event = await salon.event("callback.requested")
    assert event.data["reason"].startswith("Absagen offen, Herrenhaarschnitt am ")
    assert event.data["reason"].endswith("10:00 Uhr: der Kalender hat nicht geantwortet.")


async def test_what_others_book_is_not_offered_any_more_and_costs_no_look(salon: Salon) -> None:
    day = next_open_day()
    offered = (await salon.offered(day, time="10:00"))["slots"]
    before = len(await salon.calcom.requests("/v2/slots"))
    start = datetime.fromisoformat(offered[0]["start"])
    times = {"start_at": start, "end_at": start + timedelta(minutes=30)}
    await salon.appointment("booked-on-the-web", event_type_id=salon.event_type_id, **times)
    then = (await salon.offered(day, time="10:00"))["slots"]
    assert len(await salon.calcom.requests("/v2/slots")) == before
    assert start.time() == time(10)
    assert offered[0]["start"] not in [slot["start"] for slot in then]


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
    await booked(salon, next_open_day())
    variables = await salon.another_call().ring()
    assert (variables["anrufer_bekannt"], variables["naechster_termin_vorhanden"]) == ("ja", "ja")
    assert "Meyer" not in str(variables)


async def test_a_refusal_of_the_recording_is_kept(salon: Salon) -> None:
    assert (await salon.ask("record_consent", {"allowed": "nein"}))["status"] == "noted"
    async with salon.database.transaction() as session:
        [consent] = await session.scalars(select(Consent).where(Consent.call_id == salon.call_id))
    assert consent.allowed is False


async def test_each_refusal_of_the_recording_is_told_and_an_agreement_is_not(salon: Salon) -> None:
    for word in ("nein", "ja", "nein"):
        await salon.ask("record_consent", {"allowed": word})
    told = await eventually(lambda: _refusals(salon), of="two refusals")
    assert {(event.data["company_id"], event.data["call_id"]) for event in told} == {
        (salon.company_id, salon.call_id)
    }


async def _refusals(salon: Salon) -> list[Envelope]:
    told = await salon.events("recording.refused")
    return told if len(told) == 2 else []


async def test_facts_of_the_branch_are_told_as_they_wereentered(salon: Salon) -> None:
    prices = await salon.ask("branch_information", {"topic": "preise"})
    assert "32 Euro" in prices["say"]
    hours = await salon.ask("branch_information", {"topic": "oeffnungszeiten"})
    assert "Montag 9 Uhr bis 12 Uhr 30" in hours["say"]
    assert (await salon.ask("branch_information", {"topic": "parken"}))["status"] == "no_information"

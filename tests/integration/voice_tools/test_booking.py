"""What a caller is told is what is in the calendar."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from shared.db.tables import Customer
from tests.integration.voice_tools.salon import DOMAIN, MOBILE, OpenSalon, Salon, at, next_open_day


async def test_offers_lie_within_the_hours_of_the_branch_and_have_letters(salon: Salon) -> None:
    answer = await salon.offered(next_open_day())
    assert answer["status"] == "free"
    assert [slot["code"] for slot in answer["slots"]] == ["A", "B", "C"]
    clocks = [slot["start"][11:16] for slot in answer["slots"]]
    assert all("09:00" <= clock <= "17:30" and clock not in {"12:30", "13:00"} for clock in clocks)
    assert next_open_day().strftime("%-d") in answer["say"]


async def test_one_look_at_the_calendar_answers_every_question_of_two_weeks(salon: Salon) -> None:
    before = len(await salon.calcom.requests("/v2/slots"))
    await salon.offered(next_open_day())
    await salon.offered(next_open_day(4), time="10:00")
    await salon.offered()
    assert len(await salon.calcom.requests("/v2/slots")) == before + 1


async def test_a_time_keeps_its_letter_and_a_letter_its_time(salon: Salon) -> None:
    first = await salon.offered(next_open_day(), time="10:00")
    second = await salon.offered(next_open_day(), time="16:00")
    again = await salon.offered(next_open_day(), time="10:00")
    assert {slot["code"]: slot["start"] for slot in again["slots"]} == {
        slot["code"]: slot["start"] for slot in first["slots"]
    }
    assert not {slot["code"] for slot in first["slots"]} & {slot["code"] for slot in second["slots"]}


async def test_a_confirmed_slot_is_booked_once_under_the_callers_name(salon: Salon) -> None:
    day = next_open_day()
    offer = await salon.offered(day, time="10:00")
    assert offer["slots"][0]["start"][11:16] == "10:00"
    answer = await salon.book(offer["slots"][0]["code"])
    assert answer["status"] == "booked"
    assert "10 Uhr" in answer["say"]
    [booking] = await salon.bookings_at_calcom()
    assert booking["start"][:16] == at(day, "10:00").isoformat()[:16]
    [attendee] = booking["attendees"]
    assert (attendee["name"], attendee["language"], attendee["phoneNumber"]) == ("Anna Meyer", "de", MOBILE)
    assert booking["metadata"]["call_id"] == salon.call_id
    [attempt] = await salon.attempts()
    assert (attempt.state, attempt.calcom_uid) == ("booked", booking["uid"])
    said = attempt.result or {}
    assert (said["outcome"], said["waited"]) == ("done", False)


@pytest.mark.parametrize(
    ("language", "note"),
    [
        ("de-DE", "Bitte leise Gebucht von Anna Meyer. Buchstabiert: M E Y E R."),
        ("en-GB", "Bitte leise Booked by Anna Meyer. Spelled: M E Y E R."),
    ],
)
async def test_who_booked_for_whom_is_noted_in_the_companys_language(
    salon: Salon, language: str, note: str
) -> None:
    await salon.speaks(language)
    await salon.offered(next_open_day())
    details = {"for_person_name": "Lea Meyer", "name_spelled": "M E Y E R", "note": "Bitte leise"}
    assert (await salon.book("A", **details))["status"] == "booked"
    [booking] = await salon.bookings_at_calcom()
    assert booking["bookingFieldsResponses"]["notes"] == note


async def test_the_same_slot_in_the_same_call_is_already_booked(salon: Salon) -> None:
    offer = await salon.offered(next_open_day())
    first = await salon.book("A")
    second = await salon.book("A")
    assert first["booking"] == second["booking"]
    assert "bereits eingetragen" in second["say"]
    assert len(await salon.bookings_at_calcom()) == 1
    assert offer["slots"][0]["code"] == "A"


async def test_a_time_that_the_host_must_confirm_is_never_called_booked(open_salon: OpenSalon) -> None:
    salon = await open_salon(requiresConfirmation=True)
    await salon.offered(next_open_day())
    first, second = await salon.book("A"), await salon.book("A")
    assert [first["status"], second["status"]] == ["awaiting_confirmation"] * 2
    assert not any("eingetragen" in answer["say"] for answer in (first, second))
    assert first["booking"] == second["booking"]


async def test_a_host_who_has_confirmed_makes_it_a_booking(open_salon: OpenSalon) -> None:
    salon = await open_salon(requiresConfirmation=True)
    await salon.offered(next_open_day())
    uid = (await salon.book("A"))["booking"]
    await salon.appointment(uid, status="accepted")
    assert (await salon.book("A"))["status"] == "booked"


async def test_a_wish_that_was_booked_at_another_time_is_told_with_that_time(salon: Salon) -> None:
    day = next_open_day()
    await salon.offered(day, time="10:00")
    uid = (await salon.book("A"))["booking"]
    await salon.appointment(uid, start_at=at(day, "11:30"))
    answer = await salon.book("A")
    assert answer["status"] == "booked"
    assert "11 Uhr 30" in answer["say"]


@pytest.mark.parametrize("status", ["cancelled", "rejected"])
async def test_what_was_booked_and_is_over_may_be_booked_again_in_the_same_call(
    salon: Salon, status: str
) -> None:
    await salon.offered(next_open_day())
    first = await salon.book("A")
    await salon.cancel_at_calcom(first["booking"])
    await salon.appointment(first["booking"], status=status)
    second = await salon.book("A")
    assert second["status"] == "booked"
    assert second["booking"] != first["booking"]
    assert (await salon.book("A"))["booking"] == second["booking"]
    assert [attempt.state for attempt in await salon.attempts()] == ["booked", "booked"]


async def test_a_second_booking_of_a_slot_has_a_key_of_its_own(salon: Salon) -> None:
    await salon.offered(next_open_day())
    first = await salon.book("A")
    await salon.cancel_at_calcom(first["booking"])
    await salon.appointment(first["booking"], status="cancelled")
    await salon.calcom.fault("POST /v2/bookings", "status", status=503, times=1)
    assert (await salon.book("A"))["status"] == "requested"
    wish = (await salon.event("booking.requested")).data
    [before] = [each for each in await salon.bookings_at_calcom() if each["uid"] == first["booking"]]
    # Looked up by the key of the first, the cancelled booking would be taken for the new one.
    assert wish["token"] != before["metadata"]["askpro_token"]


async def test_nothing_is_booked_without_a_yes_a_name_and_a_letter_that_was_offered(salon: Salon) -> None:
    await salon.offered(next_open_day())
    assert (await salon.book("A", caller_confirmed=False))["status"] == "confirm_first"
    assert (await salon.book("A", name="Unbekannt"))["status"] == "name_needed"
    assert (await salon.book("Q"))["status"] == "unknown_code"
    assert (await salon.book("{{slot}}"))["status"] == "unknown_code"
    assert await salon.bookings_at_calcom() == []


async def test_an_agent_that_answers_itself_is_asked_to_wait_for_the_caller(salon: Salon) -> None:
    said = [{"role": "user", "content": "Dienstag bitte"}]
    wish = {"service": "herrenschnitt", "date": next_open_day().isoformat()}
    await salon.ask("check_availability", wish, transcript_object=said)
    answer = await salon.book("A", call={"transcript_object": said})
    assert answer["status"] == "confirm_first"
    then = [*said, {"role": "user", "content": "Ja, gern"}]
    assert (await salon.book("A", call={"transcript_object": then}))["status"] == "booked"


async def test_a_slot_that_was_taken_meanwhile_comes_with_three_others(salon: Salon) -> None:
    day = next_open_day()
    offer = await salon.offered(day, time="10:00")
    stranger = salon.another_call()
    await stranger.offered(day, time="10:00")
    assert (await stranger.book("A", "Bernd Stein"))["status"] == "booked"
    answer = await salon.book(offer["slots"][0]["code"])
    assert answer["status"] == "taken"
    assert 1 <= len(answer["slots"]) <= 3
    assert offer["slots"][0]["start"] not in [slot["start"] for slot in answer["slots"]]
    assert (await salon.book(answer["slots"][0]["code"]))["status"] == "booked"


async def test_two_callers_without_number_and_address_never_share_a_booking(open_salon: OpenSalon) -> None:
    salon = await open_salon(schedulingType="roundRobin", hosts=[{"userId": 7001}, {"userId": 7002}])
    day, answers = next_open_day(), []
    for name in ("Anna Meyer", "Bernd Stein"):
        caller = salon.another_call()
        body = {"service": "herrenschnitt", "date": day.isoformat(), "time": "10:00"}
        await caller.ask("check_availability", body, from_number="anonymous")
        answers.append(await caller.book("A", name, call={"from_number": "anonymous"}))
    assert [answer["status"] for answer in answers] == ["booked", "booked"]
    assert answers[0]["booking"] != answers[1]["booking"]
    addresses = {booking["attendees"][0]["email"] for booking in await salon.bookings_at_calcom()}
    assert len(addresses) == 2
    assert all(address.startswith("k-") and address.endswith(f"@{DOMAIN}") for address in addresses)
    assert not any("SMS" in answer["say"] or "E-Mail" in answer["say"] for answer in answers)


async def test_a_round_robin_that_answers_with_another_booking_is_a_taken_slot(open_salon: OpenSalon) -> None:
    salon = await open_salon(schedulingType="roundRobin", hosts=[{"userId": 7003}, {"userId": 7004}])
    day, first = next_open_day(), salon.another_call()
    for caller in (first, salon):
        await caller.offered(day, time="10:00")
    shared = {"email": "familie@example.org"}
    assert (await first.book("A", "Anna Meyer", **shared))["status"] == "booked"
    answer = await salon.book("A", "Bernd Stein", **shared)
    assert answer["status"] == "taken"
    assert len(await salon.bookings_at_calcom()) == 1


async def test_a_customer_keeps_one_address_that_holds_nothing_of_the_number(salon: Salon) -> None:
    await salon.offered(next_open_day())
    await salon.book("A", "Anna Meyer")
    later = salon.another_call()
    await later.offered(next_open_day(4))
    await later.book("A", "Anna Maier")
    addresses = [booking["attendees"][0]["email"] for booking in await salon.bookings_at_calcom()]
    assert len(addresses) == 2
    assert len(set(addresses)) == 1
    assert MOBILE[3:] not in addresses[0]
    async with salon.database.transaction() as session:
        query = select(Customer).where(Customer.company_id == salon.company_id)
        assert len(list(await session.scalars(query))) == 1


async def test_a_date_and_a_weekday_that_disagree_are_asked_back(salon: Salon) -> None:
    day = next_open_day()
    wrong = ("Montag", "Freitag")[day.weekday() == 0]
    answer = await salon.offered(day, weekday=wrong)
    assert answer["status"] == "ambiguous"
    assert wrong in answer["say"]


async def test_a_day_that_is_over_is_corrected(salon: Salon) -> None:
    answer = await salon.offered(next_open_day() - timedelta(days=400))
    assert answer["status"] == "correction"
    assert "heute ist" in answer["say"]


async def test_a_closed_day_is_named_and_others_are_offered(salon: Salon) -> None:
    day = next_open_day()
    sunday = day + timedelta(days=(6 - day.weekday()) % 7)
    answer = await salon.offered(sunday)
    assert answer["status"] == "closed"
    assert "Sonntag" in answer["say"]
    assert answer["slots"]


async def test_a_service_nobody_can_book_by_phone_leads_to_a_callback(salon: Salon) -> None:
    answer = await salon.ask("check_availability", {"service": "farbe"})
    assert (answer["status"], answer["next"]) == ("not_offered", "offer_callback")

"""Whose appointment it is: nothing of another customer's is spoken, and nothing is changed without a yes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.integration.voice_tools.salon import Salon, at, booked, has_policy, next_open_day


async def _entered(salon: Salon, day: date, clock: str, name: str) -> None:
    """An appointment of somebody's, as the syncer writes it."""
    start = at(day, clock)
    await salon.appointment(
        f"{name}-{clock}",
        branch_id=salon.branch.branch_id,
        start_at=start,
        end_at=start + timedelta(minutes=30),
        attendee_name=name,
        service_key="herrenschnitt",
    )


async def _asked(salon: Salon, name: str, day: date, **call: Any) -> dict[str, Any]:
    return await salon.ask("find_appointment", {"customer_name": name, "date": day.isoformat()}, **call)


def _said(*turns: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": turn} for turn in turns]


async def test_of_two_people_with_one_surname_none_is_read_out_before_the_first_name(salon: Salon) -> None:
    day = next_open_day()
    await _entered(salon, day, "10:00", "Anna Müller")
    await _entered(salon, day, "15:00", "Bernd Müller")
    both = await _asked(salon, "Müller", day)
    assert (both["status"], both["next"]) == ("name_needed", "ask_first_name_then_call_again")
    assert "appointments" not in both
    assert "Uhr" not in both["say"]
    unnamed = await salon.ask("cancel_appointment", {"appointment_code": "1", "caller_confirmed": True})
    assert unnamed["status"] == "unknown_code"
    anna = await _asked(salon, "Anna Müller", day)
    assert [each["spoken"][-6:] for each in anna["appointments"]] == ["10 Uhr"]


async def test_the_appointments_of_one_person_are_all_read_out(salon: Salon) -> None:
    day = next_open_day()
    await _entered(salon, day, "10:00", "Anna Meyer")
    await _entered(salon, day, "15:00", "Maier, Anna")
    answer = await _asked(salon, "Meier", day)
    assert [each["code"] for each in answer["appointments"]] == ["1", "2"]


async def test_where_the_first_name_does_not_tell_them_apart_a_person_calls_back(salon: Salon) -> None:
    day = next_open_day()
    await _entered(salon, day, "10:00", "A. Müller")
    await _entered(salon, day, "15:00", "Müller")
    answer = await _asked(salon, "Anna Müller", day)
    assert (answer["status"], answer["next"]) == ("not_found", "offer_callback")
    assert "appointments" not in answer


async def test_a_first_name_alone_opens_nothing(salon: Salon) -> None:
    day = next_open_day()
    await _entered(salon, day, "10:00", "Anna Meyer")
    assert (await _asked(salon, "Anna", day))["status"] == "not_found"


async def test_after_three_names_that_fit_nothing_the_right_one_is_not_looked_at(salon: Salon) -> None:
    day = next_open_day()
    await _entered(salon, day, "10:00", "Anna Meyer")
    missed = [(await _asked(salon, guess, day))["next"] for guess in ("Schulz", "Weber", "Fischer")]
    assert missed == ["ask_name_and_day_or_offer_callback"] * 2 + ["offer_callback"]
    fourth = await _asked(salon, "Meyer", day)
    assert (fourth["status"], fourth["next"]) == ("not_found", "offer_callback")
    assert (await _asked(salon.another_call(), "Meyer", day))["status"] == "found"


async def test_a_model_that_answers_itself_cancels_nothing(salon: Salon) -> None:
    day = next_open_day()
    booking = await booked(salon, day)
    yes = {"appointment_code": "1", "caller_confirmed": True}
    one, two = _said("Meyer, am Dienstag"), _said("Meyer, am Dienstag", "Ja, absagen")
    await _asked(salon, "Anna Meyer", day, transcript_object=one)
    itself = await salon.ask("cancel_appointment", yes, transcript_object=one)
    assert (itself["status"], itself["next"]) == ("confirm_first", "ask_for_yes_then_call_again")
    assert await _status(salon, booking) == "accepted"
    assert (await salon.ask("cancel_appointment", yes, transcript_object=two))["status"] == "cancelled"


async def test_a_question_needs_a_reply_of_its_own_before_anything_is_cancelled(salon: Salon) -> None:
    day = next_open_day()
    booking = await booked(salon, day)
    code = {"appointment_code": "1"}
    one, two = _said("Meyer, am Dienstag"), _said("Meyer, am Dienstag", "Ich schaffe es nicht")
    await _asked(salon, "Anna Meyer", day, transcript_object=one)
    for confirmed in (False, True):
        answer = await salon.ask(
            "cancel_appointment", code | {"caller_confirmed": confirmed}, transcript_object=two
        )
        assert answer["status"] == "confirm_first"
    assert await _status(salon, booking) == "accepted"


async def test_a_model_that_answers_itself_moves_nothing(salon: Salon) -> None:
    day = next_open_day()
    booking = await booked(salon, day)
    one, two = _said("Auf den Nachmittag bitte"), _said("Auf den Nachmittag bitte", "Ja, um drei")
    offer = (await salon.ask(
        "check_availability",
        {"service": "herrenschnitt", "date": day.isoformat(), "time": "15:00"},
        transcript_object=_said(),
    ))["slots"][0]  # fmt: skip
    await _asked(salon, "Anna Meyer", day, transcript_object=one)
    yes = {"appointment_code": "1", "slot_code": offer["code"], "caller_confirmed": True}
    itself = await salon.ask("reschedule_appointment", yes, transcript_object=one)
    assert itself["status"] == "confirm_first"
    assert await _status(salon, booking) == "accepted"
    assert (await salon.ask("reschedule_appointment", yes, transcript_object=two))["status"] == "rescheduled"


async def test_a_time_that_nobody_has_heard_of_yet_is_not_moved_to(salon: Salon) -> None:
    day = next_open_day()
    booking = await booked(salon, day)
    one, two = _said("Meyer"), _said("Meyer", "Haben Sie um drei etwas?")
    await _asked(salon, "Anna Meyer", day, transcript_object=one)
    offer = (await salon.ask(
        "check_availability",
        {"service": "herrenschnitt", "date": day.isoformat(), "time": "15:00"},
        transcript_object=two,
    ))["slots"][0]  # fmt: skip
    yes = {"appointment_code": "1", "slot_code": offer["code"], "caller_confirmed": True}
    answer = await salon.ask("reschedule_appointment", yes, transcript_object=two)
    assert answer["status"] == "confirm_first"
    assert await _status(salon, booking) == "accepted"


async def test_within_the_deadline_of_the_branch_a_person_decides(salon: Salon) -> None:
    await has_policy(salon, cancellation_notice_hours=24 * 20)
    day = next_open_day()
    booking = await booked(salon, day)
    await _asked(salon, "Anna Meyer", day)
    offer = (await salon.offered(day, time="15:00"))["slots"][0]
    yes = {"appointment_code": "1", "slot_code": offer["code"], "caller_confirmed": True}
    for name in ("cancel_appointment", "reschedule_appointment"):
        answer = await salon.ask(name, yes)
        assert (answer["status"], answer["next"]) == ("too_late", "offer_callback")
        assert "480 Stunden" in answer["say"]
    assert await _status(salon, booking) == "accepted"


async def test_before_the_deadline_of_the_branch_a_caller_cancels(salon: Salon) -> None:
    day = next_open_day(3)
    hours = (at(day, "10:00") - datetime.now(UTC)) // timedelta(hours=1)
    await has_policy(salon, cancellation_notice_hours=hours - 1)
    await booked(salon, day)
    await _asked(salon, "Anna Meyer", day)
    yes = {"appointment_code": "1", "caller_confirmed": True}
    assert [(await salon.ask("cancel_appointment", yes))["status"] for _ in range(2)] == ["cancelled"] * 2


async def _status(salon: Salon, booking: dict[str, Any]) -> str:
    [now] = [each for each in await salon.bookings_at_calcom() if each["uid"] == booking["uid"]]
    return str(now["status"])

"""What a caller says about day, time, service and person: the words decide, or the caller is asked."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, update

from shared.contracts.branch import EventTypeChoice, StaffMember
from shared.db.tables import Branch as BranchRow
from shared.db.tables import CalcomEventType
from tests.integration.voice_tools.salon import ZONE, OpenSalon, Salon, has_policy, next_open_day

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
#: Minutes that the calendar lets one choose from.
LENGTHS = [30, 60, 90]
WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")


def _turns(number: int) -> dict[str, Any]:
    """A call in which the caller has spoken so often."""
    return {"transcript_object": [{"role": "user", "content": "…"}] * number}


def _a_week_off(day: date) -> dict[str, Any]:
    """A model's date for a bare weekday, a week after the coming one."""
    later, weekday = day + timedelta(weeks=1), WEEKDAYS[day.weekday()]
    args = {"date": later.isoformat(), "weekday": weekday, "caller_words": f"am {weekday}"}
    return {"service": "herrenschnitt", **args}


async def _offers_only_the_haircut(salon: Salon, **changes: Any) -> None:
    """To be told before the first request: a branch is kept for some seconds."""
    haircut = salon.branch.services[0].model_copy(update=changes)
    branch = salon.branch.model_copy(update={"services": (haircut,)})
    at = BranchRow.company_id == salon.company_id
    async with salon.database.transaction() as session:
        await session.execute(update(BranchRow).where(at).values(document=branch.model_dump(mode="json")))


async def test_a_model_that_is_a_week_off_is_not_believed(salon: Salon) -> None:
    answer = await salon.ask("check_availability", _a_week_off(next_open_day()))
    assert answer["status"] == "ambiguous"
    assert answer["say"].count("oder") == 1


async def test_the_same_question_is_asked_once_and_not_before_the_caller_has_spoken(salon: Salon) -> None:
    wish = _a_week_off(next_open_day())
    first = await salon.ask("check_availability", wish, **_turns(2))
    at_once = await salon.ask("check_availability", wish, **_turns(2))
    answered = await salon.ask("check_availability", wish, **_turns(3))
    assert [each["status"] for each in (first, at_once, answered)] == ["ambiguous", "ambiguous", "free"]
    assert datetime.fromisoformat(answered["slots"][0]["start"]).date().isoformat() == wish["date"]


async def test_a_question_of_one_call_is_not_the_question_of_another(salon: Salon) -> None:
    wish = _a_week_off(next_open_day())
    await salon.ask("check_availability", wish)
    assert (await salon.another_call().ask("check_availability", wish))["status"] == "ambiguous"


async def test_half_past_two_is_what_germans_call_half_three(salon: Salon) -> None:
    day = next_open_day()
    words = f"am {WEEKDAYS[day.weekday()]} um halb drei"
    assert "14 Uhr 30" in (await salon.offered(day, time="14:30", caller_words=words))["say"]
    assert "14 Uhr 30" in (await salon.offered(day, time="02:30", caller_words=words))["say"]
    assert "14 Uhr 30" in (await salon.offered(day, caller_words=words))["say"]
    wrong = await salon.offered(day, time="15:30", caller_words=words)
    assert (wrong["status"], wrong["next"]) == ("ambiguous", "ask_which_time")
    assert wrong["say"] == "Meinen Sie 14 Uhr 30 oder 15 Uhr 30?"


async def test_only_a_week_is_asked_for_its_day(salon: Salon) -> None:
    answer = await salon.offered(caller_words="irgendwann nächste Woche")
    assert (answer["status"], answer["say"]) == ("ambiguous", "An welchem Tag genau passt es Ihnen?")


async def test_an_early_hour_of_twenty_four_stays_early_where_the_evening_is_closed(salon: Salon) -> None:
    day = next_open_day()
    answer = await salon.offered(day, time="07:00", caller_words="um sieben Uhr morgens")
    start = datetime.fromisoformat(answer["slots"][0]["start"]).astimezone(ZONE)
    assert start.hour == 9


async def test_several_services_are_not_booked_as_one(salon: Salon) -> None:
    for wish in (
        {"service": "herrenschnitt", "further_services": "Farbe"},
        {"service": "Herrenhaarschnitt und Farbe"},
    ):
        answer = await salon.ask("check_availability", wish)
        assert (answer["status"], answer["next"]) == ("several_services", "offer_callback")
        assert "Herrenhaarschnitt und Farbe" in answer["say"]


async def test_a_service_is_known_by_its_sound_and_another_one_is_asked_back(salon: Salon) -> None:
    day = next_open_day()
    assert (await salon.offered(day, service="Herenharschnit"))["status"] == "free"
    assert (await salon.offered(day, service="Damenhaarschnitt"))["status"] == "unknown_service"
    assert (await salon.offered(day, service="Dauerwelle"))["status"] == "unknown_service"


async def test_a_wish_for_a_person_where_nobody_can_be_chosen_is_not_silently_dropped(salon: Salon) -> None:
    answer = await salon.offered(next_open_day(), staff="Steffi")
    assert answer["status"] == "free"
    assert answer["say"].startswith("Wer den Termin übernimmt, kann ich hier nicht festlegen: ")
    assert (await salon.offered(next_open_day(), staff="egal"))["say"].startswith("Am ")


async def test_a_time_that_was_settled_is_not_asked_again(salon: Salon) -> None:
    day = next_open_day()
    wish = {"time": "15:30", "caller_words": f"am {WEEKDAYS[day.weekday()]} um halb drei"}
    assert (await salon.offered(day, **wish))["next"] == "ask_which_time"
    answer = await salon.offered(day, **wish)
    assert (answer["status"], "15 Uhr 30" in answer["say"]) == ("free", True)


async def test_what_stays_unclear_is_asked_in_other_words_and_then_left_to_a_call_back(salon: Salon) -> None:
    wish = {"service": "herrenschnitt", "caller_words": "nicht am Dienstag"}
    answers = [await salon.ask("check_availability", wish) for _ in range(4)]
    assert [answer["next"] for answer in answers] == ["ask_which_day"] * 2 + ["offer_callback"] * 2
    assert answers[0]["say"] != answers[1]["say"]
    other = await salon.ask("check_availability", {**wish, "caller_words": "nächste Woche"})
    assert other["next"] == "ask_which_day"
    assert (await salon.offered(next_open_day()))["status"] == "free"


async def test_a_name_that_nobody_knows_is_not_the_only_service_of_a_branch(salon: Salon) -> None:
    await _offers_only_the_haircut(salon)
    day = next_open_day()
    assert (await salon.offered(day, service="Dauerwelle"))["status"] == "unknown_service"
    assert (await salon.offered(day, service="Termin"))["status"] == "free"
    assert (await salon.offered(day, service=None))["status"] == "free"


async def test_what_a_branch_wants_to_know_about_a_service_is_asked_once_in_a_call(salon: Salon) -> None:
    await _offers_only_the_haircut(salon, ask_back="Kurz oder lang?")
    day = next_open_day()
    first = await salon.offered(day)
    assert (first["status"], first["say"]) == ("question", "Kurz oder lang?")
    assert (await salon.offered(day))["status"] == "free"
    assert (await salon.another_call().offered(day))["status"] == "question"


async def _with_lengths(open_salon: OpenSalon) -> Salon:
    """A haircut and a colour of an hour, of one event type."""
    salon = await open_salon(lengthInMinutesOptions=LENGTHS)
    cut, colour = salon.branch.services
    lasting = colour.model_copy(update={"event_type_id": salon.event_type_id, "duration_minutes": 60})
    await has_policy(salon, services=(cut, lasting))
    listed = {"title": "Schnitt", "slug": "s", "length_minutes": 30, "bookable": "yes"}
    row = {"company_id": salon.company_id, "id": salon.event_type_id, "length_options": LENGTHS, **listed}
    async with salon.database.transaction() as session:
        await session.execute(insert(CalcomEventType).values(**row))
    return salon


def _length(slot: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(slot["end"]) - datetime.fromisoformat(slot["start"])


async def test_several_services_are_offered_and_booked_as_long_as_all_of_them_take(
    open_salon: OpenSalon,
) -> None:
    salon = await _with_lengths(open_salon)
    wish = {"further_services": "Farbe", "part_of_day": "vormittag"}
    answer = await salon.offered(next_open_day(), **wish)
    assert answer["status"] == "free"
    # The branch closes at half past twelve.
    assert max(slot["start"][11:16] for slot in answer["slots"]) <= "11:00"
    assert (await salon.book(answer["slots"][0]["code"], note="Bitte mit Nina"))["status"] == "booked"
    [booking] = await salon.bookings_at_calcom()
    assert _length(booking) == timedelta(minutes=90)
    assert "Bitte mit Nina Zusammen: Herrenhaarschnitt und Farbe." in str(booking)


async def test_a_service_is_booked_with_its_own_length_where_there_are_several(open_salon: OpenSalon) -> None:
    salon = await _with_lengths(open_salon)
    answer = await salon.offered(next_open_day(), service="Farbe")
    assert (await salon.book(answer["slots"][0]["code"]))["status"] == "booked"
    [booking] = await salon.bookings_at_calcom()
    assert _length(booking) == timedelta(minutes=60)


async def test_a_time_that_was_taken_meanwhile_is_replaced_by_one_as_long(open_salon: OpenSalon) -> None:
    salon = await _with_lengths(open_salon)
    day, wish = next_open_day(), {"further_services": "Farbe", "time": "10:00"}
    mine, theirs = salon, salon.another_call()
    code = (await mine.offered(day, **wish))["slots"][0]["code"]
    await theirs.book((await theirs.offered(day, **wish))["slots"][0]["code"], "Berta Kranz")
    answer = await mine.book(code)
    assert answer["status"] == "taken"
    assert (await mine.book(answer["slots"][0]["code"]))["status"] == "booked"
    lengths = {_length(each) for each in await salon.bookings_at_calcom()}
    assert lengths == {timedelta(minutes=90)}


async def test_a_wish_for_several_services_asks_for_as_long(open_salon: OpenSalon) -> None:
    salon = await _with_lengths(open_salon)
    code = (await salon.offered(next_open_day(), further_services="Farbe"))["slots"][0]["code"]
    await salon.calcom.fault("POST /v2/bookings", "status", status=503)
    assert (await salon.book(code))["status"] == "requested"
    await salon.calcom.heal()
    wish = (await salon.event("booking.requested")).data
    assert (wish["service_key"], wish["duration_minutes"], wish["length_minutes"]) == (
        "herrenschnitt",
        90,
        90,
    )


async def _two_people(salon: Salon, off: date) -> None:
    """Steffi, who is off on the weekday of ``off``, and Jonas."""

    async def works(name: str, *days: str) -> EventTypeChoice:
        hours = {"days": list(days), "startTime": "09:00", "endTime": "18:00"}
        schedule: dict[str, Any] = {"timeZone": "Europe/Berlin", "availability": [hours]}
        made = await salon.calcom.add_event_type(
            salon.account["id"], f"Schnitt {name}", 30, schedule=schedule
        )
        return EventTypeChoice(staff_key=name.lower(), event_type_id=made["id"])

    steffi = await works("Steffi", *(day for day in DAYS if day != DAYS[off.weekday()]))
    choices = (steffi, await works("Jonas", *DAYS))
    cut = salon.branch.services[0].model_copy(update={"event_type_id": None, "staff": choices})
    staff = (StaffMember(key="steffi", name="Steffi"), StaffMember(key="jonas", name="Jonas"))
    await has_policy(salon, services=(cut,), staff=staff)


async def test_who_is_off_that_day_is_said_to_be_and_what_is_offered_instead_can_be_booked(
    salon: Salon,
) -> None:
    day = next_open_day()
    await _two_people(salon, off=day)
    answer = await salon.offered(day, staff="steffi", time="10:00")
    assert (answer["status"], answer["next"]) == ("staff_away", "ask_which_time")
    assert answer["say"].startswith("Steffi ist am ")
    *hers, his = answer["slots"]
    assert all(slot["spoken"].endswith("bei Steffi") for slot in hers)
    assert his["start"].startswith(f"{day.isoformat()}T10:00")
    assert his["spoken"].endswith("bei Jonas")
    assert (await salon.book(his["code"]))["status"] == "booked"
    assert (await salon.offered(day, staff="jonas", time="11:00"))["status"] == "free"

"""A wish for a person on a day on which they do not work, through the service."""

from datetime import date
from typing import Any

from shared.contracts.branch import EventTypeChoice, StaffMember
from tests.integration.voice_tools.salon import Salon, has_policy, next_open_day

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


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

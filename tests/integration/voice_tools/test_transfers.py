"""Whether a call may be handed to a person is said with the ringing."""

from datetime import UTC, datetime, time, timedelta

from shared.contracts.branch import WEEKDAYS, Interval, SpecialDay
from tests.integration.voice_tools.salon import Salon, has_policy

ALWAYS = dict.fromkeys(WEEKDAYS, (Interval(opens=time(0), closes=time(0)),))


async def test_a_branch_without_a_number_for_that_connects_nobody(salon: Salon) -> None:
    assert (await salon.ring())["verbinden_moeglich"] == "nein"


async def test_in_the_hours_for_that_a_person_answers(salon: Salon) -> None:
    await has_policy(salon, transfer_number="+498912345678", transfer_hours=ALWAYS, special_days=())
    assert (await salon.ring())["verbinden_moeglich"] == "ja"


async def test_on_a_day_that_is_closed_nobody_answers(salon: Salon) -> None:
    today = datetime.now(UTC).date()
    closed = tuple(SpecialDay(day=today + timedelta(days=days)) for days in (-1, 0, 1))
    await has_policy(salon, transfer_number="+498912345678", transfer_hours=ALWAYS, special_days=closed)
    assert (await salon.ring())["verbinden_moeglich"] == "nein"

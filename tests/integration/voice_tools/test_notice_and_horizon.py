"""When a branch lets itself be booked by phone."""

from datetime import UTC, datetime, timedelta

from tests.integration.voice_tools.salon import Salon, has_policy, next_open_day


async def test_nothing_is_offered_sooner_than_the_notice_of_the_branch(salon: Salon) -> None:
    await has_policy(salon, booking_notice_minutes=60 * 24 * 5)
    slots = (await salon.offered())["slots"]
    earliest = datetime.now(UTC) + timedelta(days=5) - timedelta(minutes=1)
    assert slots
    assert all(datetime.fromisoformat(slot["start"]) >= earliest for slot in slots)


async def test_a_day_past_the_horizon_of_the_branch_is_too_far(salon: Salon) -> None:
    await has_policy(salon, booking_horizon_days=12)
    within, past = next_open_day(3), next_open_day(13)
    assert (await salon.offered(within))["status"] == "free"
    answer = await salon.offered(past)
    assert (answer["status"], answer["next"]) == ("correction", "ask_which_day")
    assert "So weit im Voraus" in answer["say"]

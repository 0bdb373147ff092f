"""What the owner wrote for today is heard from the next call on, and by nobody tomorrow."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert

from infra.local.postgres import PrivatePostgres
from shared.contracts.branch import SpecialDay
from shared.db.tables import BranchNotice
from tests.integration.voice_tools.salon import ZONE, Salon, has_policy

STEFFI = "Steffi ist krank, wir schließen um 16 Uhr"


async def write(salon: Salon, text: str, day: date | None = None, branch_id: str = "mitte") -> None:
    day = day or datetime.now(ZONE).date()
    row = {"company_id": salon.company_id, "branch_id": branch_id, "day": day, "text": text, "by": "owner"}
    async with salon.database.transaction() as session:
        await session.execute(insert(BranchNotice).values(row))


async def test_a_notice_is_in_force_from_the_next_call_and_gone_with_the_next(salon: Salon) -> None:
    assert (await salon.ring())["hinweis_des_tages"] == "keiner"
    await write(salon, STEFFI)
    assert (await salon.ring())["hinweis_des_tages"] == STEFFI
    assert (await salon.ring(from_number="anonymous"))["hinweis_des_tages"] == STEFFI
    async with salon.database.transaction() as session:
        await session.execute(delete(BranchNotice).where(BranchNotice.company_id == salon.company_id))
    assert (await salon.ring())["hinweis_des_tages"] == "keiner"


@pytest.mark.parametrize("ahead", [-1, 1])
async def test_a_notice_is_heard_on_its_day_at_the_branch_alone(salon: Salon, ahead: int) -> None:
    await write(salon, STEFFI, datetime.now(ZONE).date() + timedelta(days=ahead))
    assert (await salon.ring())["hinweis_des_tages"] == "keiner"


async def test_the_day_of_a_notice_is_the_branchs_own(salon: Salon) -> None:
    # Of these two one is always a day ahead of UTC or behind it.
    zone, hours = ("Pacific/Kiritimati", 14) if datetime.now(UTC).hour >= 12 else ("Pacific/Pago_Pago", -11)
    await has_policy(salon, timezone=zone)
    there = (datetime.now(UTC) + timedelta(hours=hours)).date()
    assert there != datetime.now(UTC).date()
    await write(salon, STEFFI, there)
    assert (await salon.ring())["hinweis_des_tages"] == STEFFI


async def test_the_owners_words_stand_behind_what_is_special_about_the_day(salon: Salon) -> None:
    today = datetime.now(ZONE).date()
    inventory = SpecialDay.model_validate({"day": today, "hours": ["10:00-12:00"], "note": "Inventur"})
    await has_policy(salon, special_days=(inventory,))
    await write(salon, STEFFI)
    assert (await salon.ring())["hinweis_des_tages"] == f"heute 10:00\N{EN DASH}12:00: Inventur. {STEFFI}"


async def test_who_asks_for_the_hours_or_the_team_hears_it_and_the_agent_always_knows(salon: Salon) -> None:
    await write(salon, STEFFI)
    hours = await salon.ask("branch_information", {"topic": "oeffnungszeiten"})
    assert hours["say"].startswith(f"Heute gilt: {STEFFI}; Montag")
    other = await salon.ask("branch_information", {"topic": "sonstiges"})
    assert (other["status"], other["say"]) == ("information", f"Heute gilt: {STEFFI}")
    price = await salon.ask("branch_information", {"topic": "preise"})
    assert STEFFI not in price["say"]
    assert price["notice_of_the_day"] == STEFFI


async def test_without_the_database_a_branch_tells_what_it_knows_without_the_notice(
    salon: Salon, postgres: PrivatePostgres
) -> None:
    await salon.ask("branch_information", {"topic": "adresse"})
    await write(salon, STEFFI)
    postgres.freeze()
    try:
        answer: dict[str, Any] = await salon.ask("branch_information", {"topic": "adresse"})
    finally:
        postgres.thaw()
    assert (answer["status"], "notice_of_the_day" in answer) == ("information", False)
    assert "Hauptstraße 5" in answer["say"]

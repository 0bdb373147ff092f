"""A company that has not paid: a call that is still under way hears so, whatever it asks for."""

from sqlalchemy import func, select, update

from shared.db.tables import Company, Consent
from tests.integration.voice_tools.conftest import Salon


async def test_every_function_of_a_suspended_company_answers_one_sentence(salon: Salon) -> None:
    await _suspend(salon)
    answers = [
        await salon.ask(name) for name in ("check_availability", "book_appointment", "branch_information")
    ]
    assert {answer["status"] for answer in answers} == {"unavailable"}
    assert all("zurzeit nicht verfügbar" in answer["say"] for answer in answers)
    assert await salon.attempts() == []


async def test_a_refused_recording_counts_although_the_company_is_suspended(salon: Salon) -> None:
    await _suspend(salon)
    assert (await salon.ask("record_consent", {"allowed": "nein"}))["status"] == "noted"
    async with salon.database.transaction() as session:
        kept = select(func.count()).select_from(Consent).where(Consent.company_id == salon.company_id)
        assert await session.scalar(kept) == 1


async def _suspend(salon: Salon) -> None:
    """Before its first request: what a process knows of a company it knows for 15 s."""
    async with salon.database.transaction() as session:
        wanted = update(Company).where(Company.id == salon.company_id).values(status="suspended")
        await session.execute(wanted)

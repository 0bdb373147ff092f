"""A service whose event type nobody can book by phone: the caller hears so, and is offered a call back."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, update

from shared.db.tables import CalcomEventType
from tests.integration.voice_tools.salon import Salon
from tests.support import eventually

REASON = "Das Feld „Versicherung“ ist Pflicht: Machen Sie es in Cal.com freiwillig."


async def test_it_is_not_offered_and_said_so_honestly(salon: Salon) -> None:
    await _read(salon, bookable="no", reason_de=REASON)
    answer = await salon.offered()
    assert (answer["status"], answer["next"]) == ("not_offered", "offer_callback")
    assert answer["say"].startswith("Herrenhaarschnitt kann ich am Telefon leider nicht eintragen")
    assert "slots" not in answer
    services = await salon.ask("branch_information", {"topic": "leistungen"})
    assert services["say"] == "nur mit einem Rückruf: Herrenhaarschnitt und Farbe"
    assert (await salon.ring())["leistungen"] == ""


async def test_one_that_was_deleted_at_cal_com_is_not_offered(salon: Salon) -> None:
    await _read(salon, bookable="placeholder", gone_at=datetime(2026, 11, 1, tzinfo=UTC))
    assert (await salon.offered())["status"] == "not_offered"


async def test_what_can_be_booked_is_asked_back_first(salon: Salon) -> None:
    await _read(salon, bookable="placeholder")
    answer = await salon.ask("check_availability", {"service": "rasur"})
    assert (answer["status"], answer["say"]) == (
        "unknown_service",
        "Welche Leistung möchten Sie: Herrenhaarschnitt?",
    )


async def test_what_was_offered_before_is_not_booked_any_more(salon: Salon) -> None:
    await _read(salon, bookable="placeholder")
    code = (await salon.offered())["slots"][0]["code"]
    async with salon.database.transaction() as session:
        of_salon = update(CalcomEventType).where(CalcomEventType.company_id == salon.company_id)
        await session.execute(of_salon.values(bookable="no", reason_de=REASON))

    async def is_withheld() -> bool:
        return bool((await salon.another_call().offered())["status"] == "not_offered")

    await eventually(is_withheld, of="the news of it")
    answer = await salon.book(code)
    assert (answer["status"], answer["next"]) == ("not_offered", "offer_callback")
    assert await salon.attempts() == []
    assert await salon.bookings_at_calcom() == []


async def _read(salon: Salon, **columns: Any) -> None:
    """Cal.com's event type as it was read last; before the first request, or nobody looks for 10 s."""
    event_type = {
        "company_id": salon.company_id,
        "id": salon.event_type_id,
        "title": "Herrenschnitt",
        "slug": "herrenschnitt",
        "length_minutes": 30,
    }
    async with salon.database.transaction() as session:
        await session.execute(insert(CalcomEventType).values(**event_type, **columns))

"""Who wants to be called back is noted, whether or not they have a number."""

from typing import Any

from sqlalchemy import select

from shared.db.tables import Callback
from tests.integration.voice_tools.salon import MOBILE, Salon

REASON = "Frage zur Farbe"


async def _ask(salon: Salon, **args: Any) -> dict[str, Any]:
    """A caller who hides the number."""
    return await salon.ask("request_callback", {"reason": REASON} | args, from_number="anonymous")


async def _tasks(salon: Salon) -> list[Callback]:
    async with salon.database.transaction() as session:
        return list(await session.scalars(select(Callback).where(Callback.company_id == salon.company_id)))


async def test_who_names_no_number_is_asked_once_and_then_noted_by_name(salon: Salon) -> None:
    first, second = (
        await _ask(salon, customer_name="Anna Meyer"),
        await _ask(salon, customer_name="Anna Meyer"),
    )
    assert [first["status"], second["status"]] == ["number_needed", "noted"]
    assert "ohne Rufnummer" in second["say"]
    [task] = await _tasks(salon)
    assert (task.customer_name, task.phone, task.reason) == ("Anna Meyer", None, REASON)
    assert (await salon.event("callback.requested")).data["phone"] is None


async def test_who_has_named_neither_is_asked_for_a_name(salon: Salon) -> None:
    answers = [await _ask(salon), await _ask(salon), await _ask(salon, customer_name="Anna Meyer")]
    assert [answer["status"] for answer in answers] == ["number_needed", "name_needed", "noted"]


async def test_who_declines_to_name_a_number_is_noted_at_once(salon: Salon) -> None:
    assert (await _ask(salon, number_declined=True))["status"] == "noted"
    assert [task.phone for task in await _tasks(salon)] == [None]


async def test_a_number_that_is_none_is_asked_for_again_once_and_kept_as_it_was_understood(
    salon: Salon,
) -> None:
    wrong = {"phone": "null eins fünf", "customer_name": "Anna Meyer"}
    answers = [await _ask(salon, **wrong) for _ in range(2)]
    assert [answer["status"] for answer in answers] == ["number_needed", "noted"]
    [task] = await _tasks(salon)
    assert (task.phone, task.reason) == (None, f"{REASON} (Nummer, wie verstanden: null eins fünf)")


async def test_a_number_in_words_is_called_back(salon: Salon) -> None:
    await _ask(salon)
    said = "null eins fünf eins, eins zwo, drei vier, fünf sechs, sieben acht"
    assert (await _ask(salon, phone=said))["status"] == "noted"
    assert [task.phone for task in await _tasks(salon)] == [MOBILE]

"""What operators read about a call: one line per request with everything that finds it again."""

import json
from typing import Any

from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import update

from shared.db.tables import Company
from shared.db.vault import Vault
from tests.integration.voice_tools.salon import Salon, next_open_day
from tests.processes import Process
from tests.support import eventually


async def _line(voice: Process, event: str, about: str, *, having: str = "event") -> dict[str, Any]:
    """The line ``event`` that has ``about`` somewhere in it, and the key ``having``."""

    async def found() -> list[dict[str, Any]]:
        raw = [line for line in voice.log.read_text().splitlines() if about in line and line.startswith("{")]
        return [line for line in map(json.loads, raw) if line["event"] == event and having in line]

    return (await eventually(found, within=10, of=event))[-1]


async def _offered(salon: Salon) -> bool:
    return bool((await salon.offered(next_open_day()))["status"] == "free")


async def _keys_are_sealed_by_a_key_of_others(salon: Salon) -> None:
    sealed = Vault([SecretStr(Fernet.generate_key().decode())]).seal(salon.retell_key)
    async with salon.database.transaction() as session:
        await session.execute(
            update(Company).where(Company.id == salon.company_id).values(retell_api_key_encrypted=sealed)
        )


async def test_the_line_about_a_function_names_trace_company_branch_call_and_correlation(
    salon: Salon, voice: Process
) -> None:
    # One that ran out of time does not know its branch.
    await eventually(lambda: _offered(salon), within=60, of="free times")
    line = await _line(voice, "request.handled", f"/functions/{salon.company_id}/", having="branch_id")
    assert len(line["trace_id"]) == 32
    assert (line["company_id"], line["branch_id"]) == (salon.company_id, "mitte")
    assert (line["call_id"], line["correlation_id"]) == (salon.call_id, salon.call_id)


async def test_the_line_about_a_ringing_call_names_the_same(salon: Salon, voice: Process) -> None:
    await salon.ring()
    line = await _line(voice, "request.handled", f"/calls/inbound/{salon.company_id}")
    assert len(line["trace_id"]) == 32
    assert (line["company_id"], line["branch_id"]) == (salon.company_id, "mitte")
    assert (line["call_id"], line["correlation_id"]) == (salon.call_id, salon.call_id)


async def test_keys_that_nobody_can_open_cost_a_sentence_and_are_an_error_for_operators(
    salon: Salon, voice: Process
) -> None:
    await _keys_are_sealed_by_a_key_of_others(salon)
    answer = await salon.ask("check_availability", {"service": "herrenschnitt"})
    assert answer["status"] == "unavailable"
    handled = await _line(voice, "request.handled", f"/functions/{salon.company_id}/")
    line = await _line(voice, "function.unanswerable", handled["request_id"])
    assert line["level"] == "error"
    assert "ENCRYPTION_KEYS" in line["reason"]


async def test_a_call_to_a_company_whose_keys_nobody_can_open_learns_the_date(
    salon: Salon, voice: Process
) -> None:
    await _keys_are_sealed_by_a_key_of_others(salon)
    variables = await salon.ring()
    assert len(variables["kalender"].split("\n")) == 21
    handled = await _line(voice, "request.handled", f"/calls/inbound/{salon.company_id}")
    assert (await _line(voice, "call.greeted_by_date_alone", handled["request_id"]))["level"] == "error"

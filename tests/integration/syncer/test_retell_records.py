"""What repair asks Retell: the list tells which calls there were, each call what was said in it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from infra.simulators.control import RetellControl
from services.syncer.providers import RetellRecords
from shared.clients.retell import SipTrunk
from shared.db.credentials import Credentials

if TYPE_CHECKING:
    from infra.simulators.runner import Simulators
    from tests.integration.syncer.conftest import World

NUMBER = "+4930123456"
SCRIPT = [{"say": "Guten Tag."}, {"hangup": "user"}]


@pytest.fixture
async def control(simulators: "Simulators") -> AsyncIterator[RetellControl]:
    async with RetellControl(simulators.retell_url) as control:
        yield control
        await control.heal()
        await control.reset()


async def _call(world: "World", control: RetellControl, **agent: Any) -> str:
    """Somebody rings an agent that tells nobody of it."""
    key = (await control.add_workspace())["api_key"]
    world.execute(
        "update companies set retell_api_key_encrypted = %s where id = %s",
        world.vault.seal(key),
        world.company,
    )
    assert world.providers is not None
    retell = world.providers.retell(world.company, key)
    llm = await retell.ensure_llm({"start_speaker": "agent", "general_prompt": "Du"}, ref="acme/main")
    engine = {"type": "retell-llm", "llm_id": llm.llm_id}
    body = {"response_engine": engine, "voice_id": (await retell.list_voices())[0].voice_id, **agent}
    made = await retell.ensure_agent(body, name="askpro/acme/main")
    await retell.ensure_published(made.agent_id, made.version)
    bound = {"inbound_agents": [{"agent_id": made.agent_id, "weight": 1}]}
    await retell.import_number(NUMBER, SipTrunk("sip.example.org"), bound)
    return (await control.place_call(NUMBER, "+491701234567", SCRIPT)).call_id


async def test_a_call_is_listed_without_and_fetched_with_its_transcript(
    connected: "World", control: RetellControl
) -> None:
    call_id = await _call(connected, control, data_storage_setting="everything")
    assert connected.providers is not None
    records = RetellRecords(connected.providers, Credentials(connected.database, connected.vault))
    (listed,) = await records.started_since(connected.company, datetime.now(UTC) - timedelta(hours=1))
    assert (listed["call_id"], listed.get("transcript")) == (call_id, None)
    whole = await records.whole(connected.company, call_id)
    assert whole is not None
    assert "Guten Tag." in whole["transcript"]


async def test_a_call_that_retell_refuses_to_show_is_left_as_it_is_listed(
    connected: "World", control: RetellControl
) -> None:
    call_id = await _call(connected, control)
    await control.fault("GET /v2/get-call/{id}", "status", status=400)
    assert connected.providers is not None
    records = RetellRecords(connected.providers, Credentials(connected.database, connected.vault))
    assert await records.whole(connected.company, call_id) is None
    assert await records.whole(connected.company, "call_nobody_knows") is None

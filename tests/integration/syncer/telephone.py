"""Calls at the simulated Retell."""

from typing import TYPE_CHECKING, Any, Final

from infra.simulators.control import RetellControl
from shared.clients.retell import SipTrunk
from tests.support import eventually

if TYPE_CHECKING:
    from tests.integration.syncer.conftest import World

NUMBER: Final = "+4930123456"
CALLER: Final = "+491701234567"
SCRIPT: Final = [{"say": "Guten Tag."}, {"hangup": "user"}]
_FOR_EVER: Final = 3600


async def ring(world: "World", control: RetellControl, **agent: Any) -> str:
    """Somebody rings an agent that tells nobody of it, and hangs up; the call's id."""
    await connect(world, control, **agent)
    return (await control.place_call(NUMBER, CALLER, SCRIPT)).call_id


async def stay(world: "World", control: RetellControl, **agent: Any) -> str:
    """The same, and the caller stays on the line as long as the simulator is there."""
    await connect(world, control, **agent)
    call_id = await control.start_call(NUMBER, CALLER, [{"say": "Guten Tag."}, {"silence": _FOR_EVER}])
    await eventually(lambda: _runs(control, call_id), of="somebody speaks")
    return call_id


async def _runs(control: RetellControl, call_id: str) -> bool:
    return bool((await control.look_at_call(call_id)).call["call_status"] == "ongoing")


async def connect(world: "World", control: RetellControl, **agent: Any) -> None:
    """The company has a workspace with an agent that answers ``NUMBER``."""
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

"""The bodies we send have the fields and types of the official client, and no field it does not know."""

from collections.abc import Mapping
from datetime import date
from typing import Any, get_type_hints

import pytest
from pydantic import TypeAdapter
from retell.types import (
    AgentCreateParams,
    AgentUpdateParams,
    LlmCreateParams,
    LlmUpdateParams,
    PhoneNumberImportParams,
    PhoneNumberUpdateParams,
)
from retell.types import TestCreateTestCaseDefinitionParams as CreateCaseParams
from retell.types import TestUpdateTestCaseDefinitionParams as UpdateCaseParams

from services.provisioner.content import (
    Addresses,
    Profile,
    Voice,
    conversations_of,
    pick_voices,
    wanted_for,
)
from shared.clients.retell import SipTrunk, answered_by
from shared.contracts.branch import Branch

BRANCH = Branch.model_validate(
    {
        "company_id": "company_1",
        "branch_id": "schwabing",
        "name": "Salon",
        "services": ["Färben"],
        "staff": [{"key": "steffi", "name": "Steffi"}],
        "transfer_number": "+498912345678",
    }
)
TODAY = date(2026, 11, 30)
ADDRESSES = Addresses("https://in.example.org", "https://voice.example.org")
WANTED = wanted_for(BRANCH, ADDRESSES, Profile(), TODAY)
ASKING = wanted_for(BRANCH, ADDRESSES, Profile(recording="consent"), TODAY)
SUSPENDED = wanted_for(BRANCH, ADDRESSES, Profile(mode="suspended"), TODAY)
ENGINE = {"response_engine": {"type": "retell-llm", "llm_id": "llm_1"}}
VOICE = pick_voices([Voice("11labs-Carola", "elevenlabs", "German")], "de-DE", None)
BINDING = {
    "inbound_agents": answered_by("agent_1"),
    "inbound_webhook_url": WANTED.inbound_url,
    "nickname": WANTED.reference,
}
CONVERSATION = conversations_of(BRANCH, WANTED.reference, TODAY)[0].body
TRUNK = SipTrunk("askpro.pstn.example.com", "salon", "secret", "TLS")


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        (LlmCreateParams, WANTED.llm),
        (LlmUpdateParams, WANTED.llm),
        (AgentCreateParams, {**WANTED.agent, **ENGINE, **VOICE}),
        (AgentUpdateParams, WANTED.agent),
        (LlmCreateParams, ASKING.llm),
        (AgentUpdateParams, ASKING.agent),
        (LlmCreateParams, SUSPENDED.llm),
        (LlmUpdateParams, SUSPENDED.llm),
        (AgentUpdateParams, SUSPENDED.agent),
        (PhoneNumberImportParams, {**BINDING, **TRUNK.imported(), "phone_number": "+498912345678"}),
        (PhoneNumberUpdateParams, {**BINDING, **TRUNK.updated()}),
        (PhoneNumberUpdateParams, {"fallback_number": None}),
        (CreateCaseParams, {**CONVERSATION, **ENGINE}),
        (UpdateCaseParams, {**CONVERSATION, **ENGINE}),
        (PhoneNumberUpdateParams, {"inbound_agents": None, "inbound_webhook_url": None}),
    ],
)
def test_a_body_is_what_the_official_client_would_send(shape: type, body: Mapping[str, Any]) -> None:
    TypeAdapter[Any](shape).validate_python(body, strict=True)
    assert set(body) <= set(get_type_hints(shape))


def test_a_suspended_agent_says_every_field_that_a_live_one_has() -> None:
    assert set(SUSPENDED.llm) == set(WANTED.llm)
    assert set(SUSPENDED.agent) == set(WANTED.agent)


def test_settings_within_the_agent_have_no_field_that_the_official_client_does_not_know() -> None:
    hints = get_type_hints(AgentCreateParams)
    for name in ("handbook_config", "guardrail_config", "contact_memory_config"):
        assert set(WANTED.agent[name]) <= set(get_type_hints(_plain(hints[name])))


def _plain(hint: Any) -> Any:
    return next((each for each in getattr(hint, "__args__", ()) if hasattr(each, "__annotations__")), hint)

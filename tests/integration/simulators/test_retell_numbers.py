"""Numbers at Retell: which fields each endpoint takes, fallbacks, trunks, and the kind that dials in."""

from typing import Any

import pytest
from retell.types import PhoneNumberCreateParams, PhoneNumberImportParams, PhoneNumberUpdateParams

from infra.simulators.retell.number_rules import BOUGHT, IMPORTED, UPDATED

NUMBER, CALLER = "+4930123456", "+491701234567"
PATH = "%2B4930123456"
US = "+14157774444"


@pytest.mark.parametrize(
    ("taken", "published"),
    [
        (BOUGHT, PhoneNumberCreateParams),
        (IMPORTED, PhoneNumberImportParams),
        (UPDATED, PhoneNumberUpdateParams),
    ],
)
def test_the_fields_of_an_endpoint_are_those_of_the_providers_library(
    taken: frozenset[str], published: Any
) -> None:
    assert sorted(taken) == sorted(published.__annotations__)


async def get(workspace: Any) -> dict[str, Any]:
    return dict((await workspace.http.get(f"/get-phone-number/{PATH}")).json())


async def test_a_fallback_number_is_set_by_an_update_and_removed_by_null(workspace: Any) -> None:
    await workspace.number(None)
    path = f"/update-phone-number/{PATH}"
    changed = await workspace.http.patch(path, json={"fallback_number": "+498912345678"})
    assert (changed.status_code, changed.json()["fallback_number"]) == (200, "+498912345678")
    removed = await workspace.http.patch(path, json={"fallback_number": None})
    assert (removed.status_code, removed.json()["fallback_number"]) == (200, None)


@pytest.mark.parametrize("fallback", [NUMBER, "030 123456", 7, US])
async def test_a_fallback_is_another_number_that_goes_no_further(workspace: Any, fallback: Any) -> None:
    bought = {"phone_number": US, "fallback_number": "+14155551234"}
    assert (await workspace.http.post("/create-phone-number", json=bought)).status_code == 201
    await workspace.number(None)
    refused = await workspace.http.patch(f"/update-phone-number/{PATH}", json={"fallback_number": fallback})
    assert (refused.status_code, "fallback_number" in refused.json()["message"]) == (400, True)
    assert "fallback_number" not in await get(workspace)


async def test_a_bought_number_is_not_its_own_fallback(workspace: Any) -> None:
    body = {"phone_number": US, "fallback_number": US}
    assert (await workspace.http.post("/create-phone-number", json=body)).status_code == 400


@pytest.mark.parametrize(
    "field", ["fallback_number", "auth_username", "auth_password", "sip_outbound_trunk_config", "area_code"]
)
async def test_an_import_takes_only_its_own_fields(workspace: Any, field: str) -> None:
    body = {"phone_number": NUMBER, "termination_uri": "trunk.example.org", field: "+498912345678"}
    refused = await workspace.http.post("/import-phone-number", json=body)
    assert (refused.status_code, f"request/body/{field}" in refused.json()["message"]) == (400, True)


@pytest.mark.parametrize("field", ["sip_trunk_auth_username", "sip_trunk_auth_password", "phone_number"])
async def test_an_update_takes_only_its_own_fields(workspace: Any, field: str) -> None:
    await workspace.number(None)
    refused = await workspace.http.patch(f"/update-phone-number/{PATH}", json={field: "x"})
    assert (refused.status_code, f"request/body/{field}" in refused.json()["message"]) == (400, True)


async def test_a_trunk_shows_its_user_and_never_its_password(workspace: Any) -> None:
    access = {"sip_trunk_auth_username": "salon", "sip_trunk_auth_password": "geheim", "transport": "TLS"}
    await workspace.number(None, **access)
    trunk = {"termination_uri": "trunk.example.org", "auth_username": "salon", "transport": "TLS"}
    assert (await get(workspace))["sip_outbound_trunk_config"] == trunk
    new = {"auth_username": "other", "auth_password": "geheimer", "termination_uri": "new.example.org"}
    changed = await workspace.http.patch(f"/update-phone-number/{PATH}", json=new)
    assert changed.json()["sip_outbound_trunk_config"] == {
        "termination_uri": "new.example.org",
        "auth_username": "other",
        "transport": "TLS",
    }
    kept = await workspace.http.patch(f"/update-phone-number/{PATH}", json={"nickname": "Salon"})
    assert kept.json()["sip_outbound_trunk_config"]["auth_username"] == "other"
    assert "geheim" not in changed.text + kept.text


@pytest.mark.parametrize("change", [{"auth_username": "x"}, {"termination_uri": "x"}, {"codecs": ["PCMU"]}])
async def test_a_bought_number_has_no_trunk(workspace: Any, change: dict[str, Any]) -> None:
    await workspace.http.post("/create-phone-number", json={"phone_number": US})
    refused = await workspace.http.patch("/update-phone-number/%2B14157774444", json=change)
    assert refused.status_code == 400


async def dialled(workspace: Any, agent_id: str, **details: Any) -> None:
    (home,) = [
        each
        for each in await workspace.control.call("GET", "/_control/workspaces")
        if each["api_key"] == workspace.key
    ]
    bound = [{"agent_id": agent_id, "weight": 1}]
    await workspace.control.add_dialled_number(home["id"], NUMBER, inbound_agents=bound, **details)


async def test_a_number_that_dials_in_is_custom_without_termination_uri(workspace: Any) -> None:
    await dialled(workspace, await workspace.agent(), nickname="dial to SIP")
    number = await get(workspace)
    assert (number["phone_number_type"], number["nickname"]) == ("custom", "dial to SIP")
    assert "sip_outbound_trunk_config" not in number
    listed = (await workspace.http.get("/v2/list-phone-numbers")).json()["items"]
    assert [each["phone_number"] for each in listed] == [NUMBER]
    renamed = await workspace.http.patch(f"/update-phone-number/{PATH}", json={"nickname": "x"})
    assert "sip_outbound_trunk_config" not in renamed.json()


async def test_a_number_that_dials_in_asks_no_inbound_webhook_and_transfers_nobody(
    workspace: Any, receiver: Any
) -> None:
    tool = {
        "type": "transfer_call",
        "name": "transfer",
        "transfer_destination": {"type": "predefined", "number": "+493099"},
        "transfer_option": {"type": "cold_transfer"},
    }
    wanted = ["transfer_started", "transfer_cancelled", "transfer_bridged"]
    agent_id = await workspace.agent(
        await workspace.llm(tool), webhook_url=receiver.url + "/webhook", webhook_events=wanted
    )
    await dialled(workspace, agent_id, inbound_webhook_url=receiver.url + "/inbound")
    script = [{"function": "transfer"}, {"say": "Hallo?"}, {"hangup": "user"}]
    placed = await workspace.control.place_call(NUMBER, CALLER, script)
    assert receiver.events("event") == ["transfer_started", "transfer_cancelled"]
    assert placed.call["disconnection_reason"] == "user_hangup"


async def test_control_refuses_a_number_for_a_workspace_that_does_not_exist(workspace: Any) -> None:
    answer = await workspace.http.post(
        "/_control/numbers", json={"workspace": "org_no", "phone_number": NUMBER}
    )
    assert answer.status_code == 422

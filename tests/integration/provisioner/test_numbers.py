"""A number rings at one branch, by the company's own trunk, and leaves only when somebody says so."""

import json
from typing import Any

import pytest

from shared.errors import PermanentError
from tests.integration.provisioner.harness import World

URI = "askpro.pstn.example.com"


async def test_a_trunk_s_login_goes_with_the_import_and_with_each_change(world: World) -> None:
    _enter_trunk(world, "salon", "first secret")
    await world.tell("branch.created", world.branch(**_number(world)))
    assert await _trunk(world) == {"termination_uri": URI, "auth_username": "salon", "transport": "TLS"}
    assert await _logins(world) == [("salon", "first secret")]
    _enter_trunk(world, "salon2", "second secret")
    await world.tell("branch.updated", world.branch(version=2, **_number(world)))
    assert (await _trunk(world))["auth_username"] == "salon2"
    assert await _logins(world) == [("salon", "first secret"), ("salon2", "second secret")]


async def test_a_trunk_s_password_stands_in_no_event_and_no_row_but_its_own(world: World) -> None:
    _enter_trunk(world, "salon", "very secret")
    await world.tell("branch.created", world.branch(**_number(world)))
    written = [
        *world.rows("select * from outbox"),
        *world.rows("select * from branches"),
        *world.rows("select * from provisioning_steps"),
    ]
    assert "very secret" not in str(written)


async def test_calls_have_somewhere_to_go_while_retell_takes_none(world: World) -> None:
    await world.tell("branch.created", world.branch(**_number(world), fallback_number="+498999999999"))
    assert (await _shown(world))["fallback_number"] == "+498999999999"
    await world.tell("branch.updated", world.branch(version=2, **_number(world)))
    assert (await _shown(world)).get("fallback_number") is None


async def test_a_number_without_fallback_is_bound_without_a_word_about_one(world: World) -> None:
    await world.tell("branch.created", world.branch(**_number(world)))
    await world.tell("branch.updated", world.branch(version=2, name="Salon Neu", **_number(world)))
    bodies = await _bodies(world)
    assert len([body for body in bodies if "inbound_webhook_url" in body]) == 2
    assert not any("fallback_number" in body for body in bodies)


@pytest.mark.parametrize(
    "uri", ["sip.retellai.com", "sip:+498912345678@sip.example.com", "salon@pbx.example.com"]
)
async def test_a_number_that_is_dialled_into_retell_is_refused_before_it_is_imported(
    world: World, uri: str
) -> None:
    with pytest.raises(PermanentError, match="neither asks us before it answers nor hands a caller over"):
        await world.tell("branch.created", world.branch(**_number(world, uri)))
    assert "POST /import-phone-number" not in await world.writes()
    assert world.steps()["number"] == ("failed", 1)


async def test_a_number_that_somebody_imported_as_dialled_is_refused(world: World) -> None:
    number = _number(world, "sip.retellai.com")
    await world.ask_retell("POST", "/import-phone-number", number)
    with pytest.raises(PermanentError, match="elastic SIP trunk"):
        await world.tell("branch.created", world.branch(phone_number=number["phone_number"]))


@pytest.mark.parametrize("order", [("old", "new"), ("new", "old")])
async def test_a_number_moves_to_another_branch_whichever_hears_of_it_first(
    world: World, order: tuple[str, str]
) -> None:
    number = _number(world)
    await world.tell("branch.created", world.branch("old", **number))
    await world.tell("branch.created", world.branch("new"))
    moved = {"old": world.branch("old", version=2), "new": world.branch("new", version=2, **number)}
    for name, data in moved.items():
        _write_document(world, name, data)
    for name in order:
        await world.tell("branch.updated", moved[name])
    assert _agents(await _shown(world)) == [world.provisioning("new")["agent_id"]]
    rows = world.rows("select branch_id from phone_numbers where company_id = %s", world.company)
    assert rows == [{"branch_id": "new"}]
    assert world.status("old") == world.status("new") == "provisioned"


async def test_a_number_stays_at_retell_when_its_branch_goes(world: World) -> None:
    await world.tell("branch.created", world.branch(**_number(world)))
    await world.tell("branch.deleted", _deletion(world))
    assert not (await _shown(world))["inbound_agents"]


async def test_a_number_is_given_back_with_its_branch_where_that_is_asked_for(world: World) -> None:
    await world.tell("branch.created", world.branch(**_number(world)))
    await world.tell("branch.deleted", _deletion(world, release_number=True))
    assert (await world.made())["numbers"] == []
    assert world.status() == "deleted"


@pytest.mark.parametrize("use", ["inbound_agents", "inbound_sms_agents", "outbound_sms_agents"])
async def test_a_number_that_another_agent_uses_is_not_given_back(world: World, use: str) -> None:
    await world.tell("branch.created", world.branch(**_number(world)))
    await world.tell("branch.created", world.branch("other"))
    other = [{"agent_id": world.provisioning("other")["agent_id"], "weight": 1}]
    path = f"/update-phone-number/{_number(world)['phone_number'].replace('+', '%2B')}"
    await world.ask_retell("PATCH", path, {use: other})
    await world.tell("branch.deleted", _deletion(world, release_number=True))
    assert [one["agent_id"] for one in (await _shown(world))[use]] == [other[0]["agent_id"]]


async def test_giving_a_number_back_survives_a_lost_answer(world: World) -> None:
    await world.tell("branch.created", world.branch(**_number(world)))
    await world.retell.fault("DELETE /delete-phone-number/{number}", "lost_answer", times=1)
    await world.tell("branch.deleted", _deletion(world, release_number=True))
    assert (await world.made())["numbers"] == []
    assert await world.counts() == (0, 0, 0)


def _number(world: World, uri: str = URI) -> dict[str, Any]:
    digits = int(world.company[-8:], 16) % 10_000_000
    return {"phone_number": f"+49896{digits:07d}", "termination_uri": uri}


def _enter_trunk(world: World, username: str, password: str) -> None:
    world.execute(
        "insert into sip_trunks (company_id, termination_uri, username, password_encrypted, transport) "
        "values (%s, %s, %s, %s, 'TLS') on conflict (company_id, termination_uri) "
        "do update set username = excluded.username, password_encrypted = excluded.password_encrypted",
        world.company,
        URI,
        username,
        world.vault.seal(password),
    )


def _write_document(world: World, branch_id: str, data: dict[str, Any]) -> None:
    """As the console does: both rows, in one transaction with both events."""
    world.execute(
        "update branches set version = 2, "
        "document = document || jsonb_build_object('phone_number', %s::text) "
        "where company_id = %s and id = %s",
        data.get("phone_number"),
        world.company,
        branch_id,
    )


async def _shown(world: World) -> dict[str, Any]:
    [number] = (await world.made())["numbers"]
    return dict(number)


async def _trunk(world: World) -> dict[str, Any]:
    trunk = (await _shown(world))["sip_outbound_trunk_config"]
    return {name: trunk[name] for name in ("termination_uri", "auth_username", "transport")}


async def _logins(world: World) -> list[tuple[str, str]]:
    """User and password of each request that names them, however it calls them."""
    sent = await _bodies(world)
    names = (("sip_trunk_auth_username", "sip_trunk_auth_password"), ("auth_username", "auth_password"))
    return [(body[user], body[word]) for body in sent for user, word in names if user in body]


async def _bodies(world: World) -> list[dict[str, Any]]:
    received = [each for each in await world.retell.requests() if each["key"] == world.retell_key]
    return [json.loads(each["body"]) for each in received if each["body"]]


def _agents(number: dict[str, Any]) -> list[str]:
    return [each["agent_id"] for each in number["inbound_agents"] or ()]


def _deletion(world: World, **changes: Any) -> dict[str, Any]:
    return {"company_id": world.company, "branch_id": "schwabing", "version": 2, **changes}

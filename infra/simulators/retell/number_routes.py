"""The endpoints of phone numbers."""

import secrets
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from infra.simulators.retell.access import Call, endpoint, page
from infra.simulators.retell.checks import refuse, required
from infra.simulators.retell.errors import Refusal, unknown_asset
from infra.simulators.retell.number_rules import (
    BOUGHT,
    E164,
    IMPORTED,
    TRUNK,
    UPDATED,
    check_fallback,
    check_number,
    check_trunk,
)
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

_SHOWN = (
    "nickname", "inbound_agents", "outbound_agents", "inbound_webhook_url", "allowed_inbound_country_list",
    "allowed_outbound_country_list", "fallback_number", "inbound_sms_agents", "outbound_sms_agents",
    "inbound_sms_webhook_url",
)  # fmt: skip


def _number(call: Call) -> Document:
    number = call.store.get("numbers", call.path("number"))
    if number is None or number["workspace"] != call.owner:
        raise unknown_asset()
    return number


def _shown(number: Document) -> Document:
    return {name: value for name, value in number.items() if name != "workspace"}


def _save(call: Call, number: Document) -> Document:
    stamped = {**number, "last_modification_timestamp": call.simulator.clock.milliseconds()}
    return _shown(call.store.put("numbers", number["phone_number"], stamped))


def _new(call: Call, phone_number: str, kind: str, body: Document) -> Document:
    return {
        "phone_number": phone_number,
        "phone_number_pretty": phone_number,
        "phone_number_type": kind,
        "workspace": call.owner,
        **{name: body[name] for name in _SHOWN if name in body},
    }


def _free_number(call: Call, area_code: Any) -> str:
    while True:
        number = f"+1{area_code or 415}{secrets.randbelow(8_000_000) + 2_000_000}"
        if call.store.get("numbers", number) is None:
            return number


async def _buy(call: Call) -> Any:
    body = await call.json()
    check_number(call, body, BOUGHT)
    wanted = body.get("phone_number") or _free_number(call, body.get("area_code"))
    if not wanted.startswith("+1"):
        raise refuse("phone_number", "only US and CA numbers can be purchased")
    if call.store.get("numbers", wanted) is not None:
        raise Refusal(400, f"Phone number {wanted} is not available")
    check_fallback(call, wanted, body)
    kind = f"retell-{body.get('number_provider') or 'twilio'}"
    return _save(call, _new(call, wanted, kind, body))


async def _import(call: Call) -> Any:
    body = await call.json()
    required(body, "phone_number", "termination_uri")
    check_number(call, body, IMPORTED)
    if body.get("ignore_e164_validation") is False and not E164.fullmatch(body["phone_number"]):
        raise refuse("phone_number", "must be in E.164 format")
    if call.store.get("numbers", body["phone_number"]) is not None:
        raise Refusal(409, f"Phone number {body['phone_number']} already exists")
    number = _new(call, body["phone_number"], "custom", body)
    return _save(call, {**number, "sip_outbound_trunk_config": _trunk(body, "sip_trunk_auth_username", {})})


def _trunk(body: Document, username: str, old: Document) -> Document:
    """The password is never shown again."""
    trunk = {
        "termination_uri": body.get("termination_uri", old.get("termination_uri")),
        "auth_username": body.get(username, old.get("auth_username")),
        "transport": body.get("transport", old.get("transport") or "TCP"),
        "codecs": body.get("codecs", old.get("codecs")),
    }
    return {name: value for name, value in trunk.items() if value is not None}


async def _update(call: Call) -> Any:
    number, body = _number(call), await call.json()
    check_number(call, body, UPDATED)
    check_trunk(number, body)
    check_fallback(call, number["phone_number"], body)
    changes = {name: body[name] for name in _SHOWN if name in body}
    old = number.get("sip_outbound_trunk_config")
    if number["phone_number_type"] == "custom" and (old or TRUNK & set(body)):
        changes["sip_outbound_trunk_config"] = _trunk(body, "auth_username", old or {})
    return _save(call, {**number, **changes})


async def _get(call: Call) -> Any:
    return _shown(_number(call))


async def _list(call: Call) -> Any:
    mine = [_shown(each) for each in call.store.all("numbers") if each["workspace"] == call.owner]
    return page(call, mine, "phone_number")


async def _delete(call: Call) -> Any:
    call.store.delete("numbers", _number(call)["phone_number"])
    return Response(status_code=204)


def number_routes(simulator: Simulator) -> list[Route]:
    """Bought and imported numbers, and what they are bound to."""
    return [
        Route("/create-phone-number", endpoint(simulator, _buy, 201), methods=["POST"]),
        Route("/import-phone-number", endpoint(simulator, _import, 201), methods=["POST"]),
        Route("/update-phone-number/{number}", endpoint(simulator, _update), methods=["PATCH"]),
        Route("/get-phone-number/{number}", endpoint(simulator, _get), methods=["GET"]),
        Route("/v2/list-phone-numbers", endpoint(simulator, _list), methods=["GET"]),
        Route("/delete-phone-number/{number}", endpoint(simulator, _delete), methods=["DELETE"]),
    ]

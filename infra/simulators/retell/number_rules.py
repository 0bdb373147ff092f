"""What Retell refuses of a phone number, and which fields each of its endpoints takes."""

import math
import re

from infra.simulators.retell import versions
from infra.simulators.retell.access import Call
from infra.simulators.retell.checks import (
    a_url,
    flag,
    list_of_texts,
    number_between,
    objects,
    one_of,
    refuse,
    required,
    text,
    whole,
)
from infra.simulators.store import Document

E164 = re.compile(r"\+[1-9]\d{6,14}")
_LEAST_WEIGHT = 1e-9
# Fields that Retell took away on 2026-03-31 in favour of lists with weights.
_REMOVED = ("inbound_agent_id", "inbound_agent_version", "outbound_agent_id", "outbound_agent_version")
_COUNTRIES = ("allowed_inbound_country_list", "allowed_outbound_country_list")
_ALL = ("inbound_agents", "outbound_agents", "nickname", "inbound_webhook_url", "transport", *_COUNTRIES)
_SMS = ("inbound_sms_agents", "outbound_sms_agents", "inbound_sms_webhook_url")
BOUGHT = frozenset(
    {*_ALL, "area_code", "country_code", "fallback_number", "number_provider", "phone_number", "toll_free"}
)
IMPORTED = frozenset(
    {*_ALL, "phone_number", "termination_uri", "sip_trunk_auth_username", "sip_trunk_auth_password", "codecs",
     "ignore_e164_validation"}
)  # fmt: skip
# An update names the trunk's user and password otherwise than an import.
TRUNK = frozenset({"termination_uri", "auth_username", "auth_password", "codecs"})
UPDATED = frozenset({*_ALL, *_SMS, *TRUNK, "fallback_number"})
_TEXTS = (
    "phone_number", "nickname", "termination_uri", "sip_trunk_auth_username", "sip_trunk_auth_password",
    "auth_username", "auth_password", "fallback_number",
)  # fmt: skip
_BINDINGS = ("inbound_agents", "outbound_agents", "inbound_sms_agents", "outbound_sms_agents")


def check_number(call: Call, body: Document, known: frozenset[str]) -> None:
    """`known` are the fields of the endpoint; any other is refused, for it would do nothing."""
    for name in _REMOVED:
        if name in body:
            raise refuse(name, "is no longer supported, use inbound_agents and outbound_agents")
    for name in body:
        if name not in known:
            raise refuse(name, "must NOT be there: the endpoint has no such property")
    _check_types(body)
    for name in _BINDINGS:
        _check_binding(call, name, body.get(name) or [])


def _check_types(body: Document) -> None:
    text(body, *_TEXTS)
    objects(body, *_BINDINGS)
    list_of_texts(body, "codecs", *_COUNTRIES)
    flag(body, "toll_free", "ignore_e164_validation")
    whole(body, "area_code", 200, 999)
    one_of(body, "transport", ("TLS", "TCP", "UDP"))
    one_of(body, "country_code", ("US", "CA"))
    one_of(body, "number_provider", ("twilio", "telnyx"))
    for name in ("inbound_webhook_url", "inbound_sms_webhook_url"):
        a_url(body, name)


def _check_binding(call: Call, name: str, agents: list[Document]) -> None:
    if not agents:
        return
    for agent in agents:
        required(agent, "agent_id", "weight")
        text(agent, "agent_id")
        number_between(agent, "weight", _LEAST_WEIGHT, 1)
        asset = versions.asset_of(call.simulator, "agents", agent["agent_id"], call.owner)
        if agent.get("agent_version") is not None:
            versions.version_of(asset, agent["agent_version"])
    if not math.isclose(sum(agent["weight"] for agent in agents), 1.0):
        raise refuse(name, "weights must add up to 1")


def check_fallback(call: Call, number: str, body: Document) -> None:
    """Where calls go when all lines are busy: elsewhere, and from there no further."""
    fallback = body.get("fallback_number")
    if fallback is None:
        return
    if not E164.fullmatch(fallback):
        raise refuse("fallback_number", "must be in E.164 format")
    if fallback == number:
        raise refuse("fallback_number", "must not be the same as this phone number")
    if (call.store.get("numbers", fallback) or {}).get("fallback_number"):
        raise refuse("fallback_number", "must not be a number that has its own fallback")


def check_trunk(number: Document, body: Document) -> None:
    """Only a custom number has a trunk."""
    if number["phone_number_type"] != "custom" and (wrong := sorted(TRUNK & set(body))):
        raise refuse(wrong[0], "is for custom phone numbers only")


def is_dialled(number: Document) -> bool:
    """The trunk dials into Retell: it neither asks the inbound webhook nor lets a call be transferred."""
    trunk = number.get("sip_outbound_trunk_config") or {}
    return number["phone_number_type"] == "custom" and not trunk.get("termination_uri")

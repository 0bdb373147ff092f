"""A phone number and the agent that answers it."""

from typing import Final

from services.provisioner.content import Wanted
from services.provisioner.handlers.lookup import existing
from shared.clients.retell import PhoneNumber, Retell, SipTrunk, answered_by
from shared.errors import PermanentError

#: Where a carrier dials that hands calls over one by one instead of trunking a number.
_DIALLED: Final = "sip.retellai.com"


class NumberNotImportedError(PermanentError):
    """The number cannot be bound: Retell does not have it and no trunk is known."""


class DialToSipError(PermanentError):
    """The number's carrier dials into Retell, which then knows nothing of the number."""


async def bind(retell: Retell, wanted: Wanted, number: str, agent_id: str, trunk: SipTrunk | None) -> None:
    """The number rings at the agent's newest published version. Idempotent.

    Raises:
        NumberNotImportedError, DialToSipError: with what a person has to do.
    """
    found = await retell.find_number(number)
    if is_dialled(found, trunk):
        raise DialToSipError(_dialled(number, wanted))
    body = {
        "inbound_agents": answered_by(agent_id),
        "inbound_webhook_url": wanted.inbound_url,
        "nickname": wanted.reference,
    }
    if trunk is not None:
        # The trunk goes with the update of a number that is there already: it may have changed.
        bound = await retell.ensure_imported(number, trunk, body)
    elif found is not None:
        bound = await retell.update_number(number, body)
    else:
        raise NumberNotImportedError(_not_imported(number, wanted))
    # An import does not take it, and not every contract with Retell has it: sent where it differs alone.
    if bound.fallback_number != wanted.fallback_number:
        await retell.update_number(number, {"fallback_number": wanted.fallback_number})


def is_dialled(found: PhoneNumber | None, trunk: SipTrunk | None) -> bool:
    """No trunk, but a carrier that dials a SIP address: no inbound webhook is asked, no call handed over."""
    if trunk is not None:
        return _is_dialled_address(trunk.termination_uri)
    if found is None or found.phone_number_type != "custom":
        return False
    shown = found.sip_outbound_trunk_config
    uri = shown.termination_uri if shown else None
    return uri is None or _is_dialled_address(uri)


def _is_dialled_address(uri: str) -> bool:
    address = uri.strip().lower()
    return address.startswith(("sip:", "sips:")) or "@" in address or _DIALLED in address


def _dialled(number: str, wanted: Wanted) -> str:
    return (
        f"{number} reaches Retell because its carrier dials a SIP address. Retell then neither asks us "
        "before it answers nor hands a caller over to a person. Have the carrier set up an elastic SIP "
        "trunk, take the number out at Retell, and enter the branch with the trunk's termination_uri (a host "
        f"name, such as salon.pstn.example.com); then run {_retry(wanted)}."
    )


def _not_imported(number: str, wanted: Wanted) -> str:
    return (
        f"{number} is not in the company's Retell workspace and the branch names no SIP trunk. Import "
        f"the number at Retell, or enter the branch with termination_uri; then run {_retry(wanted)}."
    )


def _retry(wanted: Wanted) -> str:
    branch = wanted.branch
    return f"`askpro branches retry {branch.branch_id} --company {branch.company_id}`"


async def release(retell: Retell, number: str, agent_id: str | None) -> None:
    """Nobody answers the number any more, unless somebody else's agent does. Idempotent."""
    found = await retell.find_number(number)
    if found is not None and agent_id in {each.agent_id for each in found.inbound_agents or ()}:
        await retell.update_number(number, {"inbound_agents": None, "inbound_webhook_url": None})


async def give_back(retell: Retell, number: str) -> None:
    """The number leaves the workspace, unless an agent uses it. Idempotent. A bought one is gone for good."""
    found = await retell.find_number(number)
    if found is not None and not found.agent_ids:
        await existing(retell.delete_number(number))

"""A phone number and the agent that answers it."""

from services.provisioner.content import Wanted
from shared.clients.retell import Retell, answered_by
from shared.errors import PermanentError


class NumberNotImportedError(PermanentError):
    """The number cannot be bound: Retell does not have it and no trunk is known."""


async def bind(retell: Retell, wanted: Wanted, number: str, agent_id: str) -> None:
    """The number rings at the agent's newest published version. Idempotent.

    Raises:
        NumberNotImportedError: with what a person has to do.
    """
    body = {
        "inbound_agents": answered_by(agent_id),
        "inbound_webhook_url": wanted.inbound_url,
        "nickname": wanted.reference,
    }
    if wanted.termination_uri is not None:
        # The trunk goes with the update of a number that is there already: it may have changed.
        trunk = {"termination_uri": wanted.termination_uri}
        await retell.ensure_imported(number, wanted.termination_uri, body | trunk)
    elif await retell.find_number(number) is not None:
        await retell.update_number(number, body)
    else:
        raise NumberNotImportedError(_not_imported(number, wanted))


def _not_imported(number: str, wanted: Wanted) -> str:
    branch = wanted.branch
    return (
        f"{number} is not in the company's Retell workspace and the branch names no SIP trunk. Import "
        "the number at Retell, or enter the branch with termination_uri; then run "
        f"`askpro branches retry {branch.branch_id} --company {branch.company_id}`."
    )


async def release(retell: Retell, number: str, agent_id: str | None) -> None:
    """Nobody answers the number any more, unless somebody else's agent does. Idempotent."""
    found = await retell.find_number(number)
    if found is not None and agent_id in {each.agent_id for each in found.inbound_agents or ()}:
        await retell.update_number(number, {"inbound_agents": None, "inbound_webhook_url": None})

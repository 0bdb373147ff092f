"""Handing a caller over to a person, and the webhooks about it."""

from typing import Any

from infra.simulators.retell.line import Line
from infra.simulators.retell.number_rules import is_dialled
from infra.simulators.store import Document


def _camel(value: Any) -> Any:
    """The webhooks write in camel case what the API writes with underscores."""
    if not isinstance(value, dict):
        return value
    return {_camel_name(name): _camel(each) for name, each in value.items()}


def _camel_name(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.title() for other in others)


def _cannot_transfer(line: Line) -> bool:
    number = line.simulator.store.get("numbers", line.call.get("to_number", ""))
    return number is not None and is_dialled(number)


async def transfer(line: Line, tool: Document, outcome: str) -> str | None:
    """`bridged` ends the call for the agent, `cancelled` lets it go on; the disconnection reason or None."""
    extra = {
        "transfer_destination": _camel(tool["transfer_destination"]),
        "transfer_option": _camel(tool["transfer_option"]),
    }
    await line.courier.deliver("transfer_started", line.call, extra)
    if outcome == "cancelled" or _cannot_transfer(line):
        await line.courier.deliver("transfer_cancelled", line.call, extra)
        return None
    number = tool["transfer_destination"].get("number")
    await line.courier.deliver("transfer_bridged", line.call, extra)
    end = line.simulator.clock.milliseconds()
    line.change(transfer_destination=number, transfer_end_timestamp=end)
    await line.courier.deliver("transfer_ended", line.call, extra)
    return "call_transfer"

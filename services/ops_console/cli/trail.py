"""The trail of an event for people: each effect below its cause, each delivery with its attempts."""

from collections.abc import Iterable, Sequence
from typing import Any

from services.ops_console.cli.output import cell, say
from services.ops_console.handlers.trails import tree_of


def print_trail(events: Sequence[dict[str, Any]], *, here: str) -> None:
    """``here``: the event that was asked for; it is marked."""
    for depth, event in tree_of(events, lambda one: str(one["id"]), lambda one: one["causation_id"]):
        say(_indented(depth, f"{'▶' if event['id'] == here else '•'} {_event(event)}"))
        for line in (*_deliveries(event), *_notices(event)):
            say(_indented(depth, f"    {line}"))


def _event(event: dict[str, Any]) -> str:
    name = f"[bold]{cell(event['type'])}[/bold]"
    return f"{cell(event['logged_at'])}  {name}  {cell(event['id'])}"


def _deliveries(event: dict[str, Any]) -> Iterable[str]:
    if not event["deliveries"]:
        yield "[dim]no service handles it[/dim]" if not event["handled"] else "[dim]not delivered yet[/dim]"
    for one in event["deliveries"]:
        yield f"{cell(one['queue'])}  {cell(one['state'])}  {_when(one)}"
        yield from (f"  attempt {cell(each.get('attempt'))} {_failure(each)}" for each in one["history"])
        if one["settled_by"]:
            yield f"  by {cell(one['settled_by'])}: {cell(one['settled_reason'])}"


def _when(delivery: dict[str, Any]) -> str:
    seen, changed = cell(delivery["first_seen_at"]), cell(delivery["updated_at"])
    parts = [f"attempt {delivery['attempt']}", seen if seen == changed else f"{seen} to {changed}"]
    if delivery["due_at"]:
        parts.append(f"due {cell(delivery['due_at'])}")
    if delivery["waits_for"]:
        parts.append(f"waits for circuit {cell(delivery['waits_for'])}")
    if delivery["state"] == "dead":
        parts.append(f"[red]{cell(delivery['reason'])}[/red], askpro dead-letters show {delivery['id']}")
    return ", ".join(parts)


def _failure(entry: dict[str, Any]) -> str:
    return f"{cell(entry.get('at'))}  {cell(entry.get('class'))}: {cell(entry.get('message'))}"


def _notices(event: dict[str, Any]) -> Iterable[str]:
    for one in event["notices"]:
        why = f": {cell(one['reason'])}" if one["reason"] else ""
        who = f"{cell(one['channel'])} to {cell(one['recipient'])}"
        yield f"{who}  {cell(one['state'])} {cell(one['sent_at'])}{why}"


def _indented(depth: int, text: str) -> str:
    return f"{'    ' * depth}{text}"

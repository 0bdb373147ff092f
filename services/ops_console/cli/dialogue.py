"""A simulated call → lines for people: when it was said, how long each function took, what came of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.ops_console.cli.conversation import RINGING, budget_of
from services.ops_console.cli.output import cell
from shared.contracts.voice import About, moment_in

#: "It takes a moment" is said when the time is up; how long its way is says nothing about the function.
_THERE_AND_BACK: Final = 0.1
_SPEAKERS: Final = {"agent": "[cyan]agent   [/cyan]", "user": "[green]caller  [/green]"}
_SHOWN: Final = (
    "heute",
    "offen_jetzt",
    "verbinden_moeglich",
    "anrufer_bekannt",
    "naechster_termin_vorhanden",
)


def lines_of(told: Mapping[str, Any]) -> Iterator[str]:
    """From the ringing to the analysis, with rich's markup. ``told``: what the simulator knows of it."""
    rang = told.get("inbound") or {}
    yield from _ringing(rang)
    functions = {each["tool_call_id"]: each for each in told["functions"] if each.get("tool_call_id")}
    offset = float(rang.get("seconds") or 0.0)
    for entry, at in zip(told["dialogue"], _times(told), strict=False):
        if (line := _line(entry, functions)) is not None:
            yield f"{at + offset:6.1f} s  {line}"
    # What the agent has no tool for was never asked of anybody.
    yield from (
        f"          [red]{_answered(each)}[/red]"
        for each in told["functions"]
        if not each.get("tool_call_id")
    )
    yield from _ending(told["call"])


def calendar_lines(
    told: Mapping[str, Any],
    appointments: Sequence[Mapping[str, Any]],
    callbacks: Sequence[Mapping[str, Any]],
) -> Iterator[str]:
    """What the call has left behind, in the time of the branch."""
    for row in appointments:
        yield f"calendar  [bold]{cell(row.get('status'))}[/bold] {cell(_appointment(row))}"
    if not appointments:
        waits = any(_status(each) == "requested" for each in told["functions"])
        yield f"calendar  nothing{' yet: the wish is booked when the calendar answers' if waits else ''}"
    yield from (f"callback  {cell(row.get('reason'))}" for row in callbacks)


def _appointment(row: Mapping[str, Any]) -> str:
    """Cal.com's title holds who meets whom, of whom one is told already."""
    about = About("en", row.get("timezone") or "UTC", "")
    start = row.get("start_at")
    when = moment_in(about, datetime.fromisoformat(start)) if start else "?"
    title = str(row.get("title") or "").partition(" between ")[0]
    return ", ".join(part for part in (when, title, row.get("attendee_name")) if part)


def _times(told: Mapping[str, Any]) -> list[float]:
    return list(told.get("times") or [0.0] * len(told["dialogue"]))


def _ringing(rang: Mapping[str, Any]) -> Iterator[str]:
    if rang:
        yield "[dim]Nobody takes time to speak here: what passes is what ringing and functions take.[/dim]"
        known = rang.get("variables") or {}
        said = ", ".join(f"{name}={known[name]}" for name in _SHOWN if name in known)
        yield f"   0.0 s  [magenta]rings   [/magenta]  {_took(float(rang['seconds']), RINGING)}  {cell(said)}"


def _line(entry: Mapping[str, Any], functions: Mapping[str, Mapping[str, Any]]) -> str | None:
    match entry["role"]:
        case "agent" | "user" as who:
            return f"{_SPEAKERS[who]}  {cell(entry['content'])}"
        case "injected":
            return f"[magenta]told    [/magenta]  {cell(entry['content'])}"
        case "tool_call_invocation":
            return f"[yellow]function[/yellow]  {_answered(functions.get(entry['tool_call_id'], entry))}"
        case _:
            return None


def _answered(record: Mapping[str, Any]) -> str:
    status = _status(record)
    became = record.get("error") or " ".join(str(each) for each in (record.get("status"), status) if each)
    slack = _THERE_AND_BACK if status == "pending" else 0.0
    took = _took(float(record.get("seconds") or 0.0), budget_of(record["name"]), slack)
    arguments = json.dumps(record.get("args"), ensure_ascii=False)
    return f"{cell(record['name'])} {cell(arguments)} → {cell(became)} in {took}"


def _status(record: Mapping[str, Any]) -> str | None:
    answer = record.get("answer")
    return answer.get("status") if isinstance(answer, Mapping) else None


def _took(seconds: float, budget: float | None, slack: float = 0.0) -> str:
    """Red where it was too long for somebody who waits on the phone."""
    told = f"{seconds * 1000:.0f} ms"
    if budget is None:
        return told
    colour = "green" if seconds <= budget + slack else "red"
    return f"[{colour}]{told}[/{colour}] of {budget * 1000:.0f} ms"


def _ending(call: Mapping[str, Any]) -> Iterator[str]:
    yield f"[dim]{cell(call.get('call_id'))} ended: {cell(call.get('disconnection_reason'))}[/dim]"
    analysis = call.get("call_analysis") or {}
    if analysis:
        yield f"analysis  {cell(analysis.get('call_summary'))}"

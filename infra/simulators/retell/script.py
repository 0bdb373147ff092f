"""Plays a script on a live call, step by step."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

from infra.simulators.retell import calls
from infra.simulators.retell.functions import Invocation, find_tool, invoke, response_variables, unknown_tool
from infra.simulators.retell.line import Line
from infra.simulators.retell.templates import fill, resolve
from infra.simulators.retell.transfers import transfer
from infra.simulators.retell.versions import new_id
from infra.simulators.store import Document

#: How long an agent says that it takes a moment.
_A_MOMENT = 1.0
_LOOKUP_ERRORS = (KeyError, IndexError, ValueError, TypeError)


async def play(line: Line, steps: list[Document]) -> str:
    """The disconnection reason."""
    _greet(line)
    for step in steps:
        if reason := await _step(line, step):
            return reason
        line.keep_transcript()
    return "user_hangup"


def _greet(line: Line) -> None:
    if line.llm.get("begin_message") and line.llm.get("start_speaker", "agent") == "agent":
        line.dialogue.speak("agent", fill(line.llm["begin_message"], _variables(line)))


def _variables(line: Line) -> dict[str, str]:
    return dict(line.call.get("retell_llm_dynamic_variables") or {})


async def _step(line: Line, step: Document) -> str | None:
    """One of: say, agent, function, silence, hold, hangup; a reason when the call ends here."""
    if "say" in step:
        line.dialogue.speak("user", _text(line, step["say"]))
    elif "agent" in step:
        line.dialogue.speak("agent", _text(line, step["agent"]))
    elif "function" in step:
        return await _function(line, step)
    elif "silence" in step:
        line.dialogue.wait(float(step["silence"]))
        await asyncio.sleep(float(step["silence"]))
    elif "hold" in step:
        await _hold(line, float(step["hold"]))
    elif "hangup" in step:
        return f"{step['hangup']}_hangup"
    return None


async def _hold(line: Line, seconds: float) -> None:
    """The caller waits for what is on its way, `seconds` at most; where nothing is, the call goes on."""
    last = line.results[-1] if line.results else None
    if isinstance(last, dict) and last.get("status") == "pending":
        with suppress(TimeoutError):
            await asyncio.wait_for(line.dialogue.told.wait(), seconds)


def _text(line: Line, text: str) -> str:
    context = {"results": line.results, **_variables(line)}
    try:
        return str(resolve(text, context))
    except _LOOKUP_ERRORS:
        # An agent would speak a placeholder literally too.
        return text


async def _function(line: Line, step: Document) -> str | None:
    answer = await _answer(line, step)
    for _ in range(int(step.get("again", 0))):
        if not (isinstance(answer, dict) and answer.get("status") == "pending"):
            break
        line.dialogue.speak("agent", str(answer.get("say", "")))
        await asyncio.sleep(_A_MOMENT)
        answer = await _answer(line, step)
    line.results.append(answer)
    tool = find_tool(line.llm, step["function"])
    if tool is None:
        return None
    if tool["type"] == "transfer_call":
        return await transfer(line, tool, step.get("outcome", "bridged"))
    return "agent_hangup" if tool["type"] == "end_call" else None


async def _answer(line: Line, step: Document) -> Any:
    """Asked once, and kept with the call."""
    invocation = await _invocation(line, step["function"], step.get("args") or {})
    record = calls.record_of(line.simulator, line.call_id)
    functions = [*record["functions"], invocation.record()]
    line.simulator.store.put("calls", line.call_id, {**record, "functions": functions})
    return invocation.parsed()


async def _invocation(line: Line, name: str, wanted: Any) -> Invocation:
    try:
        args = resolve(wanted, {"results": line.results})
    except _LOOKUP_ERRORS as error:
        return Invocation(name, wanted, None, None, "", 0.0, f"no such earlier result: {error!r}")
    tool = find_tool(line.llm, name)
    if tool is None:
        return unknown_tool(name, args)
    tool_call_id = new_id("tool_call_", 12)
    line.dialogue.invoke(tool_call_id, name, args)
    if tool["type"] != "custom":
        return Invocation(name, args, None, None, "", 0.0, tool_call_id=tool_call_id)
    answered = await invoke(line.simulator, line.key, tool, line.call, args)
    invocation = replace(answered, tool_call_id=tool_call_id)
    _remember(line, tool, invocation, tool_call_id)
    return invocation


def _remember(line: Line, tool: Document, invocation: Invocation, tool_call_id: str) -> None:
    content = invocation.answer if invocation.successful else f"Error: {invocation.error}"
    line.dialogue.result(tool_call_id, content, successful=invocation.successful)
    if found := response_variables(tool, invocation.parsed()):
        line.change(retell_llm_dynamic_variables={**_variables(line), **found})

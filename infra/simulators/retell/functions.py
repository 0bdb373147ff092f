"""Custom functions: tool and arguments in, a signed request out, the answer as the agent reads it."""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from infra.simulators.delivery import Delivered, Outgoing
from infra.simulators.retell.templates import fill
from infra.simulators.retell.webhooks import encode, post_signed
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

_ANSWER_LIMIT = 15_000
_DEFAULT_TIMEOUT_MS = 120_000
_BODILESS = {"GET", "DELETE"}


@dataclass(frozen=True, slots=True)
class Invocation:
    """One use of a tool; `error` is set when there was no usable answer. Without id it never began."""

    name: str
    args: Any
    request: Document | None
    status: int | None
    answer: str
    seconds: float
    error: str | None = None
    tool_call_id: str | None = None

    @property
    def successful(self) -> bool:
        """The function answered 2xx."""
        return self.error is None

    def parsed(self) -> Any:
        """The answer as JSON, else as text."""
        try:
            return json.loads(self.answer)
        except ValueError:
            return self.answer

    def record(self) -> Document:
        """For the control API."""
        return {
            "name": self.name,
            "args": self.args,
            "request": self.request,
            "status": self.status,
            "answer": self.parsed(),
            "seconds": round(self.seconds, 4),
            "error": self.error,
            "tool_call_id": self.tool_call_id,
        }


def find_tool(llm: Document, name: str) -> Document | None:
    """The tool that the agent has under this name."""
    return next((tool for tool in llm.get("general_tools") or [] if tool["name"] == name), None)


def unknown_tool(name: str, args: Any) -> Invocation:
    """A script that calls what the agent does not have."""
    return Invocation(name, args, None, None, "", 0.0, f"the agent has no tool named {name}")


def _url(tool: Document, variables: dict[str, str]) -> str:
    query = {name: fill(value, variables) for name, value in (tool.get("query_params") or {}).items()}
    url = fill(tool["url"], variables)
    return url + ("&" if "?" in url else "?") + urlencode(query) if query else url


def _outgoing(tool: Document, content: Any, variables: dict[str, str], attempt: int) -> Outgoing:
    method = tool.get("method") or "POST"
    headers = {name.lower(): fill(value, variables) for name, value in (tool.get("headers") or {}).items()}
    return Outgoing(
        event=f"function {tool['name']}",
        url=_url(tool, variables),
        body=b"" if method in _BODILESS else encode(content),
        headers=headers,
        timeout=(tool.get("timeout_ms") or _DEFAULT_TIMEOUT_MS) / 1000,
        method=method,
        attempt=attempt,
    )


async def _attempts(
    simulator: Simulator, key: str, tool: Document, content: Any, variables: dict[str, str]
) -> Delivered:
    delivered = Delivered(None)
    for number in range(1 + int(tool.get("max_retry") or 0)):
        await asyncio.sleep(0.5 * (2**number - 1))
        delivered = await post_signed(simulator, key, _outgoing(tool, content, variables, number + 1))
        if delivered.settled:
            return delivered
    return delivered


async def invoke(simulator: Simulator, key: str, tool: Document, call: Document, args: Any) -> Invocation:
    """Body `{name, call, args}`, or the arguments alone with `args_at_root`."""
    content = args if tool.get("args_at_root") else {"name": tool["name"], "call": call, "args": args}
    began = time.monotonic()
    variables = call.get("retell_llm_dynamic_variables") or {}
    delivered = await _attempts(simulator, key, tool, content, variables)
    error = None if delivered.accepted else delivered.error or f"status {delivered.status}"
    return Invocation(
        name=tool["name"],
        args=args,
        request=content,
        status=delivered.status,
        answer=delivered.body.decode("utf-8", "replace")[:_ANSWER_LIMIT],
        seconds=time.monotonic() - began,
        error=error,
    )


def response_variables(tool: Document, answer: Any) -> dict[str, str]:
    """The tool's `response_variables` read out of the answer; a path that leads nowhere is left out."""
    found = {}
    for name, path in (tool.get("response_variables") or {}).items():
        value = answer
        for part in path.removeprefix("$.").split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None:
            found[name] = str(value)
    return found

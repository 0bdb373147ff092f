"""Calls that ring: Retell asks what the agent should know; the caller hears ringing until it is answered."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.calls import call_of, signed
from benchmarks.salons import Salon
from benchmarks.senders import connected
from infra.local.errors import LocalError

RINGS: Final = 2_000
#: One after another on each: as many calls come in at once.
_AT_ONCE: Final = 8
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Ring:
    """How long it rang; ``whole``: the branch and the caller were known by then, not the date alone."""

    seconds: float
    whole: bool


async def rang(port: int, salons: Sequence[Salon]) -> list[Ring]:
    """``RINGS`` of them, at each branch as often."""
    numbers = range(RINGS)

    async def line(first: int) -> list[Ring]:
        async with connected(port) as connection:
            rings = list[Ring]()
            for number in numbers[first::_AT_ONCE]:
                salon = salons[number % len(salons)]
                ringing = {"event": "call_inbound", "call_inbound": call_of(salon, f"ring-{number}")}
                request = signed(salon, f"/calls/inbound/{salon.company_id}", ringing)
                began = time.perf_counter()
                status, body = await connection.ask(request)
                rings.append(_ring(time.perf_counter() - began, status, body))
            return rings

    return [ring for each in await asyncio.gather(*map(line, range(_AT_ONCE))) for ring in each]


def _ring(seconds: float, status: int, body: bytes) -> Ring:
    if status != _OK:
        raise LocalError(f"a ringing call: answered {status}", "read the log of voice_tools")
    variables = json.loads(body)["call_inbound"]["dynamic_variables"]
    return Ring(seconds, whole=variables.get("leistungen") == "Schnitt" and "anrufer_bekannt" in variables)

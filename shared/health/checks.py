"""Readiness: a service says ready only while everything it needs to work answers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.errors import AskProError

#: A probe that hangs is a failed probe; probes are asked every few seconds.
_PATIENCE: Final = 2.0

Check = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Readiness:
    """Named checks; each raises or returns. ``started`` and ``draining`` are set by the service's life."""

    checks: Mapping[str, Check] = field(default_factory=dict)
    started: bool = False
    draining: bool = False

    async def problems(self) -> dict[str, str]:
        """What is wrong right now, by the name of the check; empty: ready."""
        if self.draining:
            return {"service": "draining"}
        if not self.started:
            return {"service": "starting: waits for what it needs"}
        names = tuple(self.checks)
        results = await asyncio.gather(*(_outcome(self.checks[name]) for name in names))
        return {name: problem for name, problem in zip(names, results, strict=True) if problem}


async def _outcome(check: Check) -> str | None:
    try:
        await asyncio.wait_for(check(), _PATIENCE)
    except TimeoutError:
        return f"no answer within {_PATIENCE:.0f} s"
    except (AskProError, OSError) as error:
        return str(error) or type(error).__name__
    return None

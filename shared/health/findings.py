"""What the doctor finds: about servers of ours, and whether those outside answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from shared.clients.reachability import reach_http, timed
from shared.errors import AskProError


@dataclass(frozen=True, slots=True)
class Finding:
    """``ok`` None: could not be asked. ``advice``: what to do next."""

    name: str
    ok: bool | None
    found: str
    advice: str = ""


async def probed(name: str, probe: Callable[[], Awaitable[None]], advice: str) -> Finding:
    """Whether ``probe`` was answered, and how fast; ``advice`` for when it was not."""
    try:
        return Finding(name, ok=True, found=f"answers in {await timed(probe) * 1000:.0f} ms")
    except AskProError as error:
        return Finding(name, ok=False, found=str(error)[:200], advice=advice)


async def providers(urls: Mapping[str, str]) -> list[Finding]:
    """Each provider by its name and base URL, asked at once and without credentials."""
    looks = (
        probed(name, partial(reach_http, url), f"check {_variable(name)} and the network")
        for name, url in urls.items()
    )
    return list(await asyncio.gather(*looks))


def _variable(provider: str) -> str:
    return f"{provider.upper().replace('.', '_')}_BASE_URL"

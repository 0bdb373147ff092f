"""Forged webhooks over HTTP to ingest: told to the console, and past the day's quota, told to nobody."""

import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

from cryptography.fernet import Fernet

from benchmarks import webhooks
from benchmarks.figures import Comparison, Side
from benchmarks.ingest import add_company, ingest_program
from benchmarks.loop import run
from benchmarks.senders import Target, connected, load
from benchmarks.servers import Servers, running
from infra.local.ports import claim

#: As many as no run uses up: each has a quota of 1,000.
_COMPANIES: Final = 60
_ROUNDS: Final = 5
_SLICE_SECONDS: Final = 0.9
_AT_ONCE: Final = 32
_METRICS: Final = b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def measure(servers: Servers) -> list[Comparison]:
    """What the sample costs whoever is refused: nothing waits for it, but it takes breath."""
    key, secret = Fernet.generate_key().decode(), secrets.token_urlsafe(24)
    names = [f"refused-{number}" for number in range(_COMPANIES + 1)]
    for name in names:
        add_company(servers.database_url, key, secret, name)
    claimed = claim(servers.folder / "ports.json", ("refusing",))
    port = claimed.ports["refusing"]
    with ExitStack() as stack:
        stack.callback(claimed.release)
        log = servers.folder / "refusing.log"
        stack.enter_context(running(ingest_program(servers, key, port), port, log))
        return run(
            _measure(_target("refused and told", port, names[1:]), _target("told to nobody", port, names[:1]))
        )


async def _measure(told: Target, silent: Target) -> list[Comparison]:
    await _use_up(silent)
    rates: dict[str, list[float]] = {told.name: [], silent.name: []}
    seconds: dict[str, list[float]] = {told.name: [], silent.name: []}
    for _ in range(_ROUNDS):
        for target in (told, silent):
            rate, taken = await load(target, _AT_ONCE, _SLICE_SECONDS)
            rates[target.name].append(rate)
            seconds[target.name] += taken
    ours, beside = (Side(name, tuple(rates[name]), tuple(seconds[name])) for name in rates)
    return [Comparison(f"Forged webhooks, {_AT_ONCE} at a time", "requests/s", ours, (beside,))]


async def _use_up(target: Target) -> None:
    """Until the first of its refusals is over the quota."""
    async with connected(target.port) as connection:
        while b'fate="over_quota"' not in (await connection.ask(_METRICS))[1]:
            await load(target, 4, 0.5)


def _target(name: str, port: int, companies: Sequence[str]) -> Target:
    """Each company in turn, signed with a secret that is nobody's."""
    forged = (
        webhooks.requests([webhooks.booking(number)], one, "forged") for number, one in enumerate(companies)
    )
    return Target(name, port, [request for each in forged for request in each], 401)

"""Signed webhooks over HTTP to ingest: with the broker's confirm, without it, and to a bare route."""

import base64
import secrets
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

import psycopg
from cryptography.fernet import Fernet
from pydantic import SecretStr

from benchmarks import webhooks
from benchmarks.figures import Comparison, Side
from benchmarks.loop import run
from benchmarks.senders import Target, load
from benchmarks.servers import Servers, running
from infra.local.layout import CHECKOUT
from infra.local.ports import LOOPBACK, claim
from infra.local.programs import SYSTEM_PATH, Program
from shared.db.vault import Vault

_COMPANY: Final = "salon"
_DIFFERENT: Final = 500
_ROUNDS: Final = 5
#: Two levels, three sides, five rounds: 30 slices, and the warm-up of each side once.
_SLICE_SECONDS: Final = 0.9
_WARM_UP_SECONDS: Final = 0.5
_LEVELS: Final = (1, 32)


def measure(servers: Servers) -> list[Comparison]:
    """One comparison per number of senders."""
    key, secret = Fernet.generate_key().decode(), secrets.token_urlsafe(24)
    add_company(servers.database_url, key, secret, _COMPANY)
    claimed = claim(servers.folder / "ports.json", ("ingest", "bare"))
    ingest, bare = claimed.ports["ingest"], claimed.ports["bare"]
    with ExitStack() as stack:
        stack.callback(claimed.release)
        for program, port in ((ingest_program(servers, key, ingest), ingest), (_bare(bare), bare)):
            stack.enter_context(running(program, port, servers.folder / f"{program.name}.log"))
        return run(_measure(_targets(ingest, bare, secret)))


async def _measure(targets: Sequence[Target]) -> list[Comparison]:
    for target in targets:
        await load(target, max(_LEVELS), _WARM_UP_SECONDS)
    return [await _comparison(targets, at_once) for at_once in _LEVELS]


async def _comparison(targets: Sequence[Target], at_once: int) -> Comparison:
    rates: dict[str, list[float]] = {target.name: [] for target in targets}
    seconds: dict[str, list[float]] = {target.name: [] for target in targets}
    for _ in range(_ROUNDS):
        for target in targets:
            rate, taken = await load(target, at_once, _SLICE_SECONDS)
            rates[target.name].append(rate)
            seconds[target.name] += taken
    ours, *beside = [Side(name, tuple(rates[name]), tuple(seconds[name])) for name in rates]
    return Comparison(f"Webhooks, {at_once} at a time", "requests/s", ours, tuple(beside))


def _targets(ingest: int, bare: int, secret: str) -> tuple[Target, ...]:
    numbers = range(1, _DIFFERENT + 1)
    bookings = webhooks.requests([webhooks.booking(one) for one in numbers], _COMPANY, secret)
    pings = webhooks.requests([webhooks.ping(one) for one in numbers], _COMPANY, secret)
    return (
        Target("booking, confirmed by the broker", ingest, bookings, 202),
        Target("ping: verified, nothing published", ingest, pings, 200),
        Target("bare route of the same HTTP server", bare, bookings, 202),
    )


def ingest_program(servers: Servers, key: str, port: int) -> Program:
    """The service as a process of its own; ``key`` opens what its companies' secrets are sealed with."""
    settings = {
        "RABBITMQ_URL": servers.rabbitmq_url,
        "DATABASE_URL": servers.database_url,
        "ENCRYPTION_KEYS": key,
        "EVENTS_SECRET": "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode(),
        # One company sends everything here, and its limit is not what is measured.
        "INGEST_RATE_PER_COMPANY": "1000000",
        "HOST": LOOPBACK,
        "PORT": str(port),
    }
    return _python("ingest", settings, "services.webhook_ingest")


def _bare(port: int) -> Program:
    return _python("bare", {}, "benchmarks.bare_server", str(port))


def _python(name: str, settings: dict[str, str], *module: str) -> Program:
    environment = {"PATH": SYSTEM_PATH, "LANG": "C.UTF-8", **settings}
    return Program(name, (sys.executable, "-m", *module), environment, cwd=CHECKOUT)


def add_company(url: str, key: str, secret: str, company_id: str) -> None:
    """A company whose webhooks Cal.com signs with ``secret``."""
    sealed = Vault([SecretStr(key)]).seal(secret)
    with psycopg.connect(url) as connection:
        connection.execute(
            "insert into companies (id, name, calcom_webhook_secret_encrypted) values (%s, %s, %s)",
            (company_id, "Salon Müller", sealed),
        )

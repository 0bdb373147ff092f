"""What ``askpro doctor`` looks at, each finding with what to do next."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import text

from services.ops_console.cli.environment import CliSettings
from shared.clients.reachability import reach_http, reach_redis, reach_smtp, timed
from shared.db.engine import Database
from shared.db.schema import current, newest
from shared.errors import AskProError
from shared.messaging.inspection import BrokerFindings, inspect_broker

#: Signatures allow five minutes; ten seconds off are a clock that nobody keeps.
_CLOCK_TOLERANCE: Final = 10.0


@dataclass(frozen=True, slots=True)
class Finding:
    """``ok`` None: could not be asked. ``advice``: what to do next."""

    name: str
    ok: bool | None
    found: str
    advice: str = ""


Check = Callable[[CliSettings], Awaitable[list[Finding]]]


async def examine(known: CliSettings) -> list[Finding]:
    """Everything at once; what is away is a finding, never an error."""
    checks: tuple[Check, ...] = (_database, _broker, _cache, _mail, _providers)
    found = await asyncio.gather(*(check(known) for check in checks))
    return [finding for findings in found for finding in findings]


async def _database(known: CliSettings) -> list[Finding]:
    if known.database_url is None:
        return [Finding("database", ok=None, found="not known", advice="set DATABASE_URL, or run make up")]
    url = known.database_url.get_secret_value()
    database = Database(url, application="askpro.doctor", pool_size=1)
    try:
        seconds = await timed(database.ping)
        return [Finding("database", ok=True, found=_milliseconds(seconds)), *await _inside(database, url)]
    except (AskProError, OSError) as error:
        return [
            Finding("database", ok=False, found=str(error), advice="start PostgreSQL, check DATABASE_URL")
        ]
    finally:
        await database.close()


async def _inside(database: Database, url: str) -> list[Finding]:
    revision, wanted = await asyncio.to_thread(current, url), newest()
    async with database.transaction() as session:
        theirs = (await session.execute(text("select extract(epoch from clock_timestamp())"))).scalar_one()
    skew = abs(float(theirs) - time.time())
    pending = revision != wanted
    return [
        Finding(
            "database schema",
            ok=not pending,
            found=str(revision),
            advice=f"run python -m shared.db.migrate (to {wanted})" if pending else "",
        ),
        Finding(
            "database clock",
            ok=skew < _CLOCK_TOLERANCE,
            found=f"{skew:.1f} s apart",
            advice="" if skew < _CLOCK_TOLERANCE else "let NTP set both clocks: signatures allow 5 minutes",
        ),
    ]


async def _broker(known: CliSettings) -> list[Finding]:
    if known.rabbitmq_url is None:
        return [Finding("broker", ok=None, found="not known", advice="set RABBITMQ_URL, or run make up")]
    management = known.rabbitmq_management_url
    try:
        found = await inspect_broker(
            known.rabbitmq_url.get_secret_value(), management.get_secret_value() if management else None
        )
    except AskProError as error:
        return [Finding("broker", ok=False, found=str(error), advice="start RabbitMQ, check RABBITMQ_URL")]
    return [Finding("broker", ok=True, found=f"RabbitMQ {found.version}"), *_topology(found)]


def _topology(found: BrokerFindings) -> list[Finding]:
    start = "start any service: each declares the whole topology"
    delete = "another program declared it: empty and delete it, then start any service"
    return [
        _named("queues and dead-letter targets", found.missing, "all there", start),
        _named("queue arguments", found.different, "as declared", delete),
        Finding("bindings", ok=None, found="not asked", advice="set RABBITMQ_MANAGEMENT_URL")
        if found.unbound is None
        else _named("bindings", found.unbound, "all there", start),
    ]


def _named(name: str, wrong: tuple[str, ...], well: str, advice: str) -> Finding:
    return Finding(name, ok=not wrong, found=", ".join(wrong) or well, advice=advice if wrong else "")


async def _cache(known: CliSettings) -> list[Finding]:
    if known.redis_url is None:
        return [Finding("cache", ok=None, found="not configured", advice="optional: set REDIS_URL")]
    url = known.redis_url.get_secret_value()
    return [await _probed("cache", partial(reach_redis, url), "start Valkey or Redis, check REDIS_URL")]


async def _mail(known: CliSettings) -> list[Finding]:
    if known.smtp_url is None:
        return [Finding("mail", ok=None, found="not configured", advice="set SMTP_URL to send mail")]
    return [await _probed("mail", partial(reach_smtp, known.smtp_url.get_secret_value()), "check SMTP_URL")]


async def _providers(known: CliSettings) -> list[Finding]:
    urls = {"calcom": known.calcom_base_url, "retell": known.retell_base_url, "stripe": known.stripe_base_url}
    return list(
        await asyncio.gather(
            *(
                _probed(name, partial(reach_http, url), f"check {name.upper()}_BASE_URL and the network")
                for name, url in urls.items()
            )
        )
    )


async def _probed(name: str, probe: Callable[[], Awaitable[None]], advice: str) -> Finding:
    try:
        return Finding(name, ok=True, found=_milliseconds(await timed(probe)))
    except AskProError as error:
        return Finding(name, ok=False, found=str(error)[:200], advice=advice)


def _milliseconds(seconds: float) -> str:
    return f"answers in {seconds * 1000:.0f} ms"

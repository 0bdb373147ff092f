"""Broker and database as we need them → findings, each with what to do next."""

import asyncio
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import psycopg
from sqlalchemy import select, text

from shared.contracts import names
from shared.db.engine import Database
from shared.db.schema import current, newest
from shared.db.tables import Route
from shared.errors import AskProError
from shared.health.findings import Finding, providers
from shared.messaging.inspection import Binding, BrokerFindings, Managed, inspect_broker
from shared.messaging.topology import SERVICES_WITH_WORK, all_queues
from shared.observability.logging import get_logger

_log = get_logger("doctor")
#: Signatures allow five minutes; ten seconds off are a clock that nobody keeps.
_CLOCK_TOLERANCE: Final = 10.0
#: Between two looks: enough for a service that starts first to declare what is missing.
_SETTLED_SECONDS: Final = 10.0
_START: Final = "start any service: each declares the whole topology"
#: From, to, and what goes wrong between: the release notes of RabbitMQ.
_FAULTY: Final = (
    ((0, 0, 0), (3, 10, 0), "before, quorum queues lose dead letters when a node dies"),
    ((4, 2, 0), (4, 2, 9), "before, dead letters can get stuck on their way out of a quorum queue"),
    ((4, 3, 0), (4, 3, 5), "before, a quorum queue can confirm what its majority has not got yet"),
)
_DIFFERENT: Final = (
    ((4, 0, 0), "Its default delivery limit is 20: each of our queues is declared with its own"),
    ((4, 3, 0), "It does not count basic.nack toward the delivery limit: we requeue nothing"),
)
_DEAD_LETTER_TARGETS: Final = {names.dead_letters(service) for service in SERVICES_WITH_WORK}


@dataclass(frozen=True, slots=True)
class Examination:
    """Database, broker, whether they agree, and the providers. Nothing is changed; what is away is a finding.

    ``provider_urls``: base URL of each, by its name.
    """

    database_url: str | None
    rabbitmq_url: str | None
    management_url: str | None
    provider_urls: Mapping[str, str] = field(default_factory=dict)

    async def __call__(self) -> list[Finding]:
        """Everything, within seconds."""
        database, recorded = await self._database()
        return [*database, *await self._broker(recorded), *await providers(self.provider_urls)]

    async def at_start(self) -> None:
        """Log what is wrong, once database and broker answer; never raises, and ends then."""
        try:
            for one in await self._lasting():
                _log.warning("fault.found", fault=one.name, found=one.found, advice=one.advice)
        except Exception:  # noqa: BLE001  # a look that fails must not end the service that it is about
            _log.exception("examination.failed")

    async def _lasting(self) -> list[Finding]:
        """What two looks in a row find wrong: what is missing may just be being declared."""
        before: list[Finding] | None = None
        while True:
            await asyncio.sleep(_SETTLED_SECONDS)
            findings = await self()
            wrong = [one for one in findings if one.ok is False]
            if _both_answer(findings) and wrong in ([], before):
                return wrong
            before = wrong

    async def _database(self) -> tuple[list[Finding], frozenset[Binding] | None]:
        """And the bindings in the table ``routes``, None where they could not be read."""
        if self.database_url is None:
            return [Finding("database", ok=None, found="not known", advice="set DATABASE_URL")], None
        database = Database(self.database_url, application="askpro.doctor", pool_size=1)
        started = time.perf_counter()
        try:
            await database.ping()
            answers = f"answers in {(time.perf_counter() - started) * 1000:.0f} ms"
            schema = await _schema(self.database_url)
            recorded = await _recorded(database) if schema.ok else None
            return [Finding("database", ok=True, found=answers), schema, await _clock(database)], recorded
        except (AskProError, OSError, psycopg.Error) as error:
            advice = "start PostgreSQL, check DATABASE_URL"
            return [Finding("database", ok=False, found=str(error), advice=advice)], None
        finally:
            await database.close()

    async def _broker(self, recorded: frozenset[Binding] | None) -> list[Finding]:
        if self.rabbitmq_url is None:
            return [Finding("broker", ok=None, found="not known", advice="set RABBITMQ_URL")]
        try:
            found = await inspect_broker(self.rabbitmq_url, self.management_url)
        except AskProError as error:
            advice = "start RabbitMQ, check RABBITMQ_URL"
            return [Finding("broker", ok=False, found=str(error), advice=advice)]
        return [version_means(found.version), *_queues(found), *_managed(found.managed, recorded)]


def version_means(version: str) -> Finding:
    """What a version of RabbitMQ means for us."""
    numbers = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    if numbers is None:
        return Finding("broker", ok=None, found=f"RabbitMQ {version}", advice="3.10 or newer is needed")
    at = tuple(int(number or 0) for number in numbers.groups())
    for first, sound, why in _FAULTY:
        if first <= at < sound:
            advice = f"update to {'.'.join(map(str, sound))} or newer: {why}"
            return Finding("broker", ok=False, found=f"RabbitMQ {version}", advice=advice)
    if at[:2] == (3, 10):
        return Finding("broker", ok=True, found=f"RabbitMQ {version}, with which all of this was proved")
    found = f"RabbitMQ {version}; written for it, proved with 3.10"
    meant = (words for since, words in _DIFFERENT if at >= since)
    return Finding("broker", ok=True, found=". ".join((found, *meant)))


def _queues(found: BrokerFindings) -> Iterable[Finding]:
    targets = tuple(name for name in found.missing if name in _DEAD_LETTER_TARGETS)
    others = tuple(name for name in found.missing if name not in _DEAD_LETTER_TARGETS)
    delete = "another program declared it: empty and delete it, then start any service"
    yield _named("queues", others, "all there", _START)
    yield _named("dead-letter targets", targets, "all there", f"{_START}; what is given up waits for it")
    yield _named("queue arguments", found.different, "as declared", delete)


def _managed(managed: Managed | str, recorded: frozenset[Binding] | None) -> Iterable[Finding]:
    if isinstance(managed, str):
        advice = "set RABBITMQ_MANAGEMENT_URL, switch its plugin on: bindings, alarms, policies are not seen"
        yield Finding("management API", ok=None, found=managed, advice=advice)
        return
    yield from _bindings(managed, recorded)
    left = "delete it if no program of yours reads it: nobody takes what it gets"
    yield _named("foreign queues", managed.orphans, "none", left)
    down = "start the nodes that have its members; a single node: restart it, and see its log"
    yield _named("queue leaders", managed.leaderless, "each has one", down)
    spare = "leave our queues out of that policy: it loses, moves or delays what they keep"
    yield _named("policies", managed.policies, "none that changes our queues", spare)
    free = "free memory or disk, start the node: until then nothing can be published"
    yield _named("alarms", managed.alarms, "none", free)
    older = "not ours: we use none of these; see before the next update of the broker who does"
    yield _named("deprecated features", managed.deprecated, "none in use", older)


def _bindings(managed: Managed, recorded: frozenset[Binding] | None) -> Iterable[Finding]:
    own = {spec.name for spec in all_queues()}
    wanted = {(spec.name, pattern) for spec in all_queues() for pattern in spec.bindings}
    there = {binding for binding in managed.bindings if binding[0] in own}
    yield _named("bindings", _worded(wanted - there), "all there", _START)
    unbind = "an older version left it: unbind it at the broker, and delete its row of routes"
    yield _named("stale bindings", _worded(there - wanted), "none", unbind)
    if recorded is None:
        yield Finding("routes", ok=None, found="not asked", advice="put the database right first")
        return
    work = {binding for binding in there if binding[0] != names.EVENT_LOG}
    gone = {f"{binding} is not bound" for binding in _worded(recorded - there)}
    unknown = {f"{binding} is not written down" for binding in _worded(work - recorded)}
    promised = f"{_START}, and writes its routes; a row of an older version: delete it"
    yield _named("routes", tuple(sorted(gone | unknown)), "as at the broker", promised)


def _worded(bindings: Iterable[Binding]) -> tuple[str, ...]:
    return tuple(sorted(f"{queue} ← {pattern}" for queue, pattern in bindings))


def _named(name: str, wrong: tuple[str, ...], well: str, advice: str) -> Finding:
    return Finding(name, ok=not wrong, found=", ".join(wrong) or well, advice=advice if wrong else "")


async def _schema(url: str) -> Finding:
    revision, wanted = await asyncio.to_thread(current, url), newest()
    if revision == wanted:
        return Finding("database schema", ok=True, found=revision)
    newer = revision is not None and revision > wanted
    advice = f"this code is older ({wanted}): update it" if newer else "run python -m shared.db.migrate"
    found = f"{revision or 'none'} instead of {wanted}"
    return Finding("database schema", ok=False, found=found, advice=advice)


async def _recorded(database: Database) -> frozenset[Binding]:
    async with database.transaction() as session:
        rows = await session.execute(select(Route.queue, Route.pattern))
        return frozenset((row[0], row[1]) for row in rows)


async def _clock(database: Database) -> Finding:
    async with database.transaction() as session:
        theirs = (await session.execute(text("select extract(epoch from clock_timestamp())"))).scalar_one()
    skew = abs(float(theirs) - time.time())
    well = skew < _CLOCK_TOLERANCE
    advice = "" if well else "let NTP set both clocks: signatures allow 5 minutes"
    return Finding("database clock", ok=well, found=f"{skew:.0f} s apart", advice=advice)


def _both_answer(findings: Iterable[Finding]) -> bool:
    answers = {one.name: one.ok for one in findings if one.name in {"database", "broker"}}
    return all(ok is not False for ok in answers.values())

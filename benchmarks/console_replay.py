"""A bulk replay by the console: its rate and its memory at ten and at a hundred thousand dead letters."""

import argparse
import asyncio
import json
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import httpx
import psycopg
from cryptography.fernet import Fernet

from benchmarks.broker import QUEUE
from benchmarks.loop import run
from benchmarks.quick_consumer import Consumed, consuming
from benchmarks.servers import Servers, own_servers, running
from infra.local.layout import CHECKOUT
from infra.local.ports import LOOPBACK, claim
from infra.local.programs import SYSTEM_PATH, Program
from services.ops_console.cli.registration import register

SIZES: Final = (10_000, 100_000)
RATE: Final = 1_000.0
_PASSWORD: Final = "correct-horse-battery"  # noqa: S105  # of servers that end with the run
_RESIDENT: Final = re.compile(r"^process_resident_memory_bytes (\S+)$", re.MULTILINE)
_EVERY: Final = 0.5
_MIB: Final = 1024.0 * 1024.0
_FILL: Final = """
    insert into deliveries (queue, event_id, state, attempt, event_type, company_id, correlation_id, body,
        properties, history, reason, error, fingerprint, group_id, updated_at)
    select %(queue)s, 'replay:' || n, 'dead', 3, 'calcom.booking_created', 'company-' || n %% 100,
        'case-' || n,
        convert_to(jsonb_build_object('specversion', '1.0', 'id', 'replay:' || n, 'source', 'bench',
            'type', 'calcom.booking_created', 'time', now(), 'data',
            jsonb_build_object('uid', md5(n::text), 'notes', repeat(md5(n::text), 30)))::text, 'UTF8'),
        jsonb_build_object('message_id', 'replay:' || n, 'headers', '{}'::jsonb),
        '[{"attempt": 3, "class": "E", "message": "m"}]', 'attempts_exhausted', '{"class": "E"}',
        'E at bench', 'bench', now() - interval '1 minute'
    from generate_series(1, %(letters)s) n
"""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One run. ``steady``: letters a second between the first tenth and the last; memory in MiB.

    ``slowest``: the longest that the operation's page data took meanwhile, in milliseconds.
    """

    letters: int
    rate: float
    planned: float
    confirmed: float
    seconds: float
    steady: float
    before: float
    middle: float
    end: float
    most: float
    twice: int
    slowest: float


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds since the start, letters done, memory in MiB, how long the answer took in milliseconds."""

    at: float
    done: int
    memory: float
    waited: float


def measure(servers: Servers, sizes: Sequence[int] = SIZES, rate: float = RATE) -> list[Replayed]:
    """One console after the other, each with its letters and a consumer that is never the bottleneck."""
    asyncio.run(register(servers.database_url, "bench", _PASSWORD, "admin", by="benchmark"))
    found = []
    for letters in sizes:
        _fill(servers.database_url, letters)
        held = claim(servers.folder / f"replay-ports-{letters}.json", ["console"])
        port = held.ports["console"]
        with running(_console(servers, port), port, servers.folder / "console.log"):
            found.append(run(_measured(servers, port, letters, rate)))
        held.release()
    return found


def _fill(url: str, letters: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("truncate deliveries, operations, operation_items")
        connection.execute(_FILL.encode(), {"letters": letters, "queue": QUEUE})
        connection.execute("vacuum analyze deliveries")


def _console(servers: Servers, port: int) -> Program:
    settings = {
        "RABBITMQ_URL": servers.rabbitmq_url,
        "DATABASE_URL": servers.database_url,
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "HOST": LOOPBACK,
        "PORT": str(port),
    }
    environment = {"PATH": SYSTEM_PATH, "LANG": "C.UTF-8", **settings}
    return Program("console", (sys.executable, "-m", "services.ops_console"), environment, cwd=CHECKOUT)


async def _measured(servers: Servers, port: int, letters: int, rate: float) -> Replayed:
    base, login = f"http://{LOOPBACK}:{port}", ("bench", _PASSWORD)
    async with (
        httpx.AsyncClient(base_url=base, auth=login, trust_env=False, timeout=120) as http,
        consuming(servers, QUEUE) as consumed,
    ):
        wish = {"all": True, "rate": rate, "threshold": 0.5, "name": "benchmark"}
        plan, planned = await _timed(http.post("/api/operations", json=wish))
        before = await _memory(http)
        path = f"/api/operations/{plan['id']}"
        _, confirmed = await _timed(http.post(f"{path}/confirm", json={}))
        samples = await _watched(http, path)
    return _told(letters, rate, (planned, confirmed, before), samples, consumed)


async def _watched(http: httpx.AsyncClient, path: str) -> list[Sample]:
    samples: list[Sample] = []
    began = time.perf_counter()
    while True:
        told, waited = await _timed(http.get(path))
        at, done = time.perf_counter() - began, told["progress"]["done"]
        samples.append(Sample(at, done, await _memory(http), waited))
        if told["state"] != "running":
            return samples
        await asyncio.sleep(_EVERY)


async def _timed(asking: Any) -> tuple[Any, float]:
    """The JSON that comes, and after how many milliseconds."""
    began = time.perf_counter()
    answer = (await asking).raise_for_status()
    return answer.json(), 1000 * (time.perf_counter() - began)


async def _memory(http: httpx.AsyncClient) -> float:
    found = _RESIDENT.search((await http.get("/metrics")).text)
    return float(found[1]) / _MIB if found else float("nan")


def _told(
    letters: int,
    rate: float,
    first: tuple[float, float, float],
    samples: Sequence[Sample],
    consumed: Consumed,
) -> Replayed:
    planned, confirmed, before = first
    early = next(one for one in samples if one.done >= letters / 10)
    late = next(one for one in samples if one.done >= letters * 9 / 10)
    middle = next(one for one in samples if one.done >= letters / 2)
    return Replayed(
        letters=letters,
        rate=rate,
        planned=planned,
        confirmed=confirmed,
        seconds=samples[-1].at,
        steady=(late.done - early.done) / max(_EVERY, late.at - early.at),
        before=before,
        middle=middle.memory,
        end=samples[-1].memory,
        most=max(one.memory for one in samples),
        twice=consumed.messages - len(consumed.ids),
        slowest=max(one.waited for one in samples),
    )


_LINES: Final = {
    "letters": "dead letters",
    "rate": "highest rate wanted, per second",
    "planned": "planned with its preflight, ms",
    "confirmed": "confirmed: letters frozen, ms",
    "seconds": "first to last outcome, s",
    "steady": "rate between the first and the last tenth, per second",
    "before": "memory of the console before it began, MiB",
    "middle": "… at half",
    "end": "… at the end",
    "most": "… at most",
    "twice": "messages that came twice",
    "slowest": "longest answer of its page meanwhile, ms",
}


def as_table(found: Sequence[Replayed]) -> str:
    """One line for each figure, the runs beside each other."""
    runs = [asdict(one) for one in found]
    return "\n".join(
        f"{words:<56}" + "".join(f"{one[name]:>14,.0f}" for one in runs) for name, words in _LINES.items()
    )


def main(arguments: list[str]) -> int:
    """``python -m benchmarks.console_replay [--letters N …] [--rate N] [--json]``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, nargs="+", default=list(SIZES), help="how many dead letters")
    parser.add_argument("--rate", type=float, default=RATE, help="the highest rate, per second")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    wanted = parser.parse_args(arguments)
    with own_servers() as servers:
        found = measure(servers, wanted.letters, wanted.rate)
    print(json.dumps([asdict(one) for one in found], indent=2) if wanted.json else as_table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

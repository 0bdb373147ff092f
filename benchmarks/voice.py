"""Forty calls at once on two hundred branches → how long callers wait, beside what was promised."""

import re
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Final

from cryptography.fernet import Fernet
from pydantic import SecretStr

from benchmarks.calls import Asked, called, cold, warmed
from benchmarks.goals import Goal, percentile_ms
from benchmarks.loop import run
from benchmarks.rings import Ring, rang
from benchmarks.salons import opened
from benchmarks.servers import Servers, running
from infra.local.layout import CHECKOUT
from infra.local.ports import LOOPBACK, claim
from infra.local.programs import SYSTEM_PATH, Program
from infra.simulators.control import CalcomControl
from shared.db.engine import Database
from shared.db.vault import Vault

USUAL_SECONDS: Final = 60.0
_BRANCHES: Final = 200
_LINES: Final = 40
_CALCOM_SECONDS: Final = 0.25
_SLOTS: Final = "/v2/slots"
_COUNTED: Final = re.compile(
    r'^(?:askpro_slots_cache_total\{result="(\w+)"\}|(process_cpu_seconds_total)) (\S+)$', re.MULTILINE
)
_PROCESSOR: Final = "process_cpu_seconds_total"
_FUNCTIONS: Final = {"book": "a booking", "find": "an appointment", "hours": "opening hours"}


def measure(servers: Servers, seconds: float = USUAL_SECONDS) -> tuple[Goal, ...]:
    """Callers for about ``seconds``, after each branch has had one."""
    key = Fernet.generate_key().decode()
    claimed = claim(servers.folder / "voice-ports.json", ("voice", "calcom"))
    voice, calcom = claimed.ports["voice"], claimed.ports["calcom"]
    with ExitStack() as stack:
        stack.callback(claimed.release)
        programs = (_simulators(calcom), calcom), (_voice(servers, key, voice, calcom), voice)
        for program, port in programs:
            stack.enter_context(running(program, port, servers.folder / f"{program.name}.log"))
        return run(_measure(servers, key, voice, calcom, seconds))


async def _measure(servers: Servers, key: str, voice: int, calcom: int, seconds: float) -> tuple[Goal, ...]:
    database = Database(servers.database_url, application="benchmark")
    async with CalcomControl(f"http://{LOOPBACK}:{calcom}") as control:
        salons = await opened(database, control, Vault([SecretStr(key)]), _BRANCHES)
        await control.configure(booking_seconds=[0, 0])
        await control.fault("*", "latency", seconds=_CALCOM_SECONDS)
        await warmed(voice, salons, database)
        before = _counted(voice)
        asked = await called(voice, salons, database, lines=_LINES, seconds=seconds)
        found = {result: count - before.get(result, 0.0) for result, count in _counted(voice).items()}
        rings = await rang(voice, salons)
        first = await cold(voice, salons, database)
        looks = await control.requests(_SLOTS)
    await database.close()
    return (
        *_known(asked, found, looks),
        *_first_looks(first, looks),
        *_ringing(rings),
        *_others(asked, found),
    )


def _known(
    asked: Sequence[Asked], found: Mapping[str, float], looks: Sequence[dict[str, Any]]
) -> Iterator[Goal]:
    """Of the calls, what the cache could answer."""
    free = [each for each in asked if each.what == "free"]
    hits = [each.seconds for each in free if _own_seconds(each, looks) is None]
    counted = sum(count for result, count in found.items() if result != _PROCESSOR)
    share = 100 * found.get("hit", 0.0) / max(1.0, counted)
    yield Goal("free times out of the cache", share, "%", 95, most=False)
    yield Goal("… asked for", len(free), "")
    yield Goal("… p50", percentile_ms(hits, 0.5), "ms")
    yield Goal("… p99", percentile_ms(hits, 0.99), "ms", 50)


def _first_looks(first: Sequence[Asked], looks: Sequence[dict[str, Any]]) -> Iterator[Goal]:
    """What nobody had asked for: our part of the time that the caller waits."""
    waited = [(each.seconds, own) for each in first if (own := _own_seconds(each, looks)) is not None]
    beyond = [seconds - own for seconds, own in waited]
    yield Goal("free times from Cal.com, asked for", len(first), "")
    yield Goal("… Cal.com's own time, p99", percentile_ms([own for _, own in waited], 0.99), "ms")
    yield Goal("… beyond that, p50", percentile_ms(beyond, 0.5), "ms")
    yield Goal("… beyond that, p99", percentile_ms(beyond, 0.99), "ms", 30)


def _ringing(rings: Sequence[Ring]) -> Iterator[Goal]:
    seconds = [ring.seconds for ring in rings]
    yield Goal("calls that rang", len(rings), "")
    yield Goal("… p50", percentile_ms(seconds, 0.5), "ms")
    yield Goal("… p99", percentile_ms(seconds, 0.99), "ms", 300)
    yield Goal("… greeted with less than all", sum(not ring.whole for ring in rings), "")


def _others(asked: Sequence[Asked], found: Mapping[str, float]) -> Iterator[Goal]:
    for what, name in _FUNCTIONS.items():
        seconds = [each.seconds for each in asked if each.what == what]
        yield Goal(f"{name}, p99", percentile_ms(seconds, 0.99), "ms")
    statuses = Counter(each.status for each in asked if each.what in {"free", "book"})
    yield Goal(
        "free times and bookings that ended otherwise",
        statuses.total() - sum(statuses[status] for status in _GOOD),
        "",
    )
    yield Goal("functions asked", len(asked), "")
    yield Goal(
        "… processor time of voice_tools for each", 1000 * found[_PROCESSOR] / max(1, len(asked)), "ms"
    )


_GOOD: Final = ("free", "none_free", "booked")


def _own_seconds(asked: Asked, looks: Sequence[dict[str, Any]]) -> float | None:
    """How long Cal.com took by its own log; the same clock is read on both sides."""
    key = f"Bearer {asked.salon.calcom_key}"
    inside = (
        float(look["seconds"])
        for look in looks
        if look["headers"].get("authorization") == key
        and asked.at <= look["time"] + look["seconds"] <= asked.until
    )
    return max(inside, default=None)


def _counted(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/metrics", timeout=10) as answer:
        found = _COUNTED.findall(answer.read().decode())
    return {result or name: float(count) for result, name, count in found}


def _simulators(port: int) -> Program:
    return _python("simulators", {"CALCOM_PORT": str(port)}, "infra.simulators")


def _voice(servers: Servers, key: str, port: int, calcom: int) -> Program:
    settings = {
        "RABBITMQ_URL": servers.rabbitmq_url,
        "DATABASE_URL": servers.database_url,
        "ENCRYPTION_KEYS": key,
        "BOOKING_EMAIL_DOMAIN": "bookings.example",
        "CALCOM_BASE_URL": f"http://{LOOPBACK}:{calcom}",
        # Nobody is there; nothing here tells a running call anything.
        "RETELL_BASE_URL": f"http://{LOOPBACK}:1",
        "HOST": LOOPBACK,
        "PORT": str(port),
    }
    return _python("voice_tools", settings, "services.voice_tools")


def _python(name: str, settings: dict[str, str], *module: str) -> Program:
    environment = {"PATH": SYSTEM_PATH, "LANG": "C.UTF-8", **settings}
    return Program(name, (sys.executable, "-m", *module), environment, cwd=CHECKOUT)

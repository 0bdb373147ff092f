"""Pages of dead letters through the console's own process, at ten thousand and at a million of them."""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import httpx
from cryptography.fernet import Fernet

from benchmarks.dead_letter_rows import fill
from benchmarks.report import Load
from benchmarks.servers import Servers, running
from infra.local.layout import CHECKOUT
from infra.local.ports import LOOPBACK, claim
from infra.local.programs import SYSTEM_PATH, Program
from services.ops_console.cli.registration import register

#: What a person waits for without noticing.
GOAL_MS: Final = 300.0
SIZES: Final = (10_000, 1_000_000)
_ROUNDS: Final = 30
_GROUPS: Final = 500
_PASSWORD: Final = "correct-horse-battery"  # noqa: S105  # of servers that end with the run
_DEEP: Final = 40
#: The first letter's ``uid``.
_ONE: Final = "c4ca4238a0b923820dcc509a6f75849b"


@dataclass(frozen=True, slots=True)
class Waited:
    """How long a page or an answer took, in milliseconds, at so many dead letters."""

    what: str
    letters: int
    p50: float
    p95: float


def measure(servers: Servers, sizes: Sequence[int] = SIZES) -> list[Waited]:
    """One console after the other; the first request of each kind warms it up and is not counted."""
    asyncio.run(register(servers.database_url, "bench", _PASSWORD, "admin", by="benchmark"))
    found: list[Waited] = []
    for letters in sizes:
        fill(servers.database_url, letters, _GROUPS)
        held = claim(servers.folder / f"ports-{letters}.json", ["console"])
        port = held.ports["console"]
        with (
            running(_console(servers, port), port, servers.folder / "console.log"),
            httpx.Client(base_url=f"http://{LOOPBACK}:{port}", trust_env=False, timeout=60) as client,
        ):
            found += _measured(client, letters)
        held.release()
    return found


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


def _measured(client: httpx.Client, letters: int) -> list[Waited]:
    client.post("/login", data={"name": "bench", "password": _PASSWORD, "next": "/"})
    asked = _asked(client)
    return [Waited(what, letters, *_times(client, *asked[what])) for what in asked]


def _asked(client: httpx.Client) -> Mapping[str, tuple[str, dict[str, Any]]]:
    groups = client.get("/api/groups", params={"limit": _GROUPS}).json()["items"]
    largest, smallest = groups[0]["id"], groups[-1]["id"]
    letters = "/api/dead-letters"
    return {
        "page of the groups": ("/dead-letters", {}),
        "500 groups": ("/api/groups", {"limit": _GROUPS}),
        "groups of one company": ("/api/groups", {"company": "company-0"}),
        "page of the largest group": (f"/dead-letters/groups/{largest}", {}),
        "page of the smallest group": (f"/dead-letters/groups/{smallest}", {}),
        "list": (letters, {}),
        "list, far behind": (letters, {"cursor": _far_behind(client)}),
        "list of a company and a type": (letters, {"company": "company-7", "type": "retell.call_ended"}),
        "search: a word in each": (letters, {"search": "Schneiden"}),
        "search: a word in one of 200": (letters, {"error": "no room for 55k"}),
        "search: a word in one of 5,000": (letters, {"search": '"Kundin 4711"'}),
        "search: one letter": (letters, {"search": _ONE}),
        "search: nothing": (letters, {"search": "Quetzalcoatl"}),
        "search in a group": (letters, {"search": '"Kundin 4711"', "group": largest}),
        "search: three characters": (letters, {"search": "xyz"}),
    }


def _far_behind(client: httpx.Client) -> str:
    """Where a person comes who goes on and on; a page costs the same at any position."""
    cursor = ""
    for _ in range(_DEEP):
        query: dict[str, Any] = {"limit": 200, **({"cursor": cursor} if cursor else {})}
        cursor = client.get("/api/dead-letters", params=query).json()["next"] or cursor
    return cursor


def _times(client: httpx.Client, path: str, query: dict[str, Any]) -> tuple[float, float]:
    seconds = []
    for _ in range(_ROUNDS + 1):
        began = time.perf_counter()
        client.get(path, params=query).raise_for_status()
        seconds.append((time.perf_counter() - began) * 1000)
    counted = sorted(seconds[1:])
    return round(statistics.median(counted), 1), round(counted[int(0.95 * len(counted))], 1)


def as_table(found: Sequence[Waited], before: Load, after: Load) -> str:
    """One line for each, the figures of all sizes beside each other."""
    sizes = sorted({one.letters for one in found})
    head = f"{'ms, p50 / p95':<36}" + "".join(f"{size:>20,}" for size in sizes)
    rows: dict[str, list[Waited]] = {}
    for one in found:
        rows.setdefault(one.what, []).append(one)
    lines = [f"{what:<36}" + "".join(map(_figures, ones)) for what, ones in rows.items()]
    missed = ", ".join(f"{one.what} at {one.letters:,}" for one in found if one.p95 > GOAL_MS)
    goal = f"Goal {GOAL_MS:.0f} ms: {'missed by ' + missed if missed else 'kept'}."
    return "\n".join([head, *lines, goal, f"Load {before[0]:.1f} before and {after[0]:.1f} after."])


def as_json(found: Sequence[Waited], before: Load, after: Load) -> str:
    """One object; times in milliseconds."""
    figures = [asdict(one) for one in found]
    machine = {"load_before": before[0], "load_after": after[0]}
    return json.dumps({"machine": machine, "goal_ms": GOAL_MS, "figures": figures}, indent=2)


def _figures(one: Waited) -> str:
    return f"{one.p50:>11,.0f} /{one.p95:>7,.0f}"

"""A page of a million appointments: by where one is in them, and by OFFSET, which counts all before it."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import httpx
from cryptography.fernet import Fernet
from sqlalchemy import select

from benchmarks import report
from benchmarks.figures import Comparison, Side
from benchmarks.loop import run
from benchmarks.record_rows import fill
from benchmarks.servers import Servers, own_servers, running
from infra.local.layout import CHECKOUT
from infra.local.ports import LOOPBACK, claim
from infra.local.programs import SYSTEM_PATH, Program
from services.ops_console.cli.registration import register
from services.ops_console.store.appointments import Appointments, Wanted
from services.ops_console.store.sought import sought
from shared.db.engine import Database
from shared.db.tables import Appointment

ROWS: Final = 1_000_000
_PAGE: Final = 50
_ROUNDS: Final = 5
_PAGES: Final = 20
_PASSWORD: Final = "correct-horse-battery"  # noqa: S105  # of a console that ends with the run
Read = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class _Place:
    """Somewhere in the list: as the console asks for it, and as OFFSET does."""

    name: str
    wanted: Wanted
    query: dict[str, str]
    cursor: str | None = None
    at: date | None = None
    offset: int = 0


def measure(servers: Servers, rows: int = ROWS) -> list[Comparison]:
    """Fills the database first, which takes a minute or two."""
    fill(servers.database_url, rows)
    asyncio.run(register(servers.database_url, "bench", _PASSWORD, "admin", by="benchmark"))
    with _console(servers) as url:
        return run(_measure(servers, rows, url))


async def _measure(servers: Servers, rows: int, url: str) -> list[Comparison]:
    database = Database(servers.database_url, application="benchmark")
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as console:
        form = {"name": "bench", "password": _PASSWORD, "next": "/"}
        await console.post("/login", data=form)
        found = [await _compared(database, console, place) for place in await _places(database, rows)]
    await database.close()
    return found


async def _places(database: Database, rows: int) -> list[_Place]:
    """The first page, the last, one in the middle, and what is rare or common to find."""
    last = await Appointments(database).page(Wanted(), _PAGE, at=date(1900, 1, 1))
    end, middle = last.previous, await _middle(database, rows)
    rare, common = sought("Selma Rar"), sought("Kunde 1")
    name = f"page {rows // _PAGE:,}"
    return [
        _Place("first page", Wanted(), {}),
        _Place(name, Wanted(), {"cursor": end or ""}, cursor=end, offset=rows - _PAGE),
        _Place("jump to a day", Wanted(), {"at": str(middle)}, at=middle, offset=rows // 2),
        _Place("a company's jump", Wanted("salon-7"), {"company": "salon-7", "at": str(middle)}, at=middle),
        _Place("search, rare", Wanted(text=rare), {"text": "Selma Rar"}),
        _Place("search, common", Wanted(text=common), {"text": "Kunde 1"}),
    ]


async def _middle(database: Database, rows: int) -> date:
    query = select(Appointment.start_at).order_by(Appointment.start_at.desc()).offset(rows // 2).limit(1)
    async with database.transaction() as session:
        start = await session.scalar(query)
    assert start is not None  # noqa: S101  # each row has one
    return start.date()


async def _compared(database: Database, console: httpx.AsyncClient, place: _Place) -> Comparison:
    store = Appointments(database)

    async def by_key() -> object:
        return await store.page(place.wanted, _PAGE, cursor=place.cursor, at=place.at)

    async def over_http() -> object:
        return (await console.get("/appointments", params=place.query)).raise_for_status()

    async def by_offset() -> object:
        async with database.transaction() as session:
            return (await session.scalars(_by_offset(place))).all()

    ours, page, before = await _in_turns(by_key, over_http, by_offset)
    return Comparison(
        f"Appointments, {place.name}",
        "pages/s",
        Side("by key, with names", *ours),
        (Side("the console's whole page", *page), Side("by OFFSET, without names", *before)),
    )


def _by_offset(place: _Place) -> Any:
    """As the list was read before: all columns, in the order of the list."""
    query = select(Appointment).order_by(Appointment.start_at.desc(), Appointment.id.desc())
    if (text := place.wanted.text) is not None:
        named = text.anywhere(Appointment.title, Appointment.attendee_name, Appointment.attendee_phone)
        query = query.where(named)
    if place.wanted.company_id is not None:
        query = query.where(Appointment.company_id == place.wanted.company_id)
    offset = place.offset if place.wanted == Wanted() else 5_000 if place.at else 0
    return query.offset(offset).limit(_PAGE)


async def _in_turns(*reads: Read) -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
    """Rates of the rounds, and the seconds of each page, for each of ``reads``."""
    for read in reads:
        await read()
    taken: list[list[list[float]]] = [[] for _ in reads]
    for _ in range(_ROUNDS):
        for place, read in enumerate(reads):
            taken[place].append([await _seconds(read) for _ in range(_PAGES)])
    return [
        (tuple(len(one) / sum(one) for one in rounds), tuple(each for one in rounds for each in one))
        for rounds in taken
    ]


async def _seconds(read: Read) -> float:
    began = time.perf_counter()
    await read()
    return time.perf_counter() - began


@contextmanager
def _console(servers: Servers) -> Iterator[str]:
    claimed = claim(servers.folder / "console-ports.json", ["console"])
    port = claimed.ports["console"]
    settings = {
        "RABBITMQ_URL": servers.rabbitmq_url,
        "DATABASE_URL": servers.database_url,
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "HOST": LOOPBACK,
        "PORT": str(port),
    }
    environment = {"PATH": SYSTEM_PATH, "LANG": "C.UTF-8", **settings}
    module = (sys.executable, "-m", "services.ops_console")
    program = Program("ops_console", module, environment, cwd=CHECKOUT)
    with ExitStack() as stack:
        stack.callback(claimed.release)
        stack.enter_context(running(program, port, servers.folder / "console.log"))
        yield f"http://{LOOPBACK}:{port}"


def main() -> int:
    """By itself: ``python -m benchmarks.console_records --rows 10000``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console_records", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help=f"appointments ({ROWS:,})")
    rows, load, began = parser.parse_args().rows, os.getloadavg(), time.monotonic()
    with own_servers() as servers:
        found = measure(servers, rows)
    print(report.as_table(report.Report(tuple(found), load, os.getloadavg(), time.monotonic() - began)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Callers on the line, as the agent asks for them: signed, with the transcript so far, one after another."""

import asyncio
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import cycle
from typing import Any, Final

from benchmarks.salons import KNOWN_NAME, Salon, booked_by_webhook, working_day
from benchmarks.senders import Connection, connected
from infra.local.errors import LocalError
from shared.clients.signatures import RETELL_HEADER, sign_retell
from shared.db.engine import Database

#: Twenty functions in three calls: 60 % free times, 15 % bookings, 10 % appointments, 15 % everything else.
DECK: Final[tuple[tuple[str, ...], ...]] = (
    ("free", "free", "free", "free", "book", "callback", "find"),
    ("hours", "free", "free", "free", "free", "book"),
    ("find", "free", "free", "free", "free", "book", "hours"),
)
#: A caller thinks and speaks for longer; shorter pauses make more calls of the same forty lines.
_PAUSE_SECONDS: Final = (1.0, 3.0)
_NAMES: Final = ("Anna Meyer", "Bernd Stein", "Clara Vogt", "Dirk Lange")
_OK: Final = 200
#: One in ten asks for a day that the first two weeks do not hold.
_DAYS_AHEAD: Final = (1, 1, 2, 3, 4, 5, 7, 9, 11, 16)
_NEVER_ASKED_AHEAD: Final = 30
_WARMING: Final = 8
#: Forty lines miss the cache once in some seconds: more at a time would show the queue and not a look.
_LOOKING: Final = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """One function: what was asked of whom, when (seconds since 1970), how long it took, what came back."""

    what: str
    salon: Salon
    at: float
    seconds: float
    status: str

    @property
    def until(self) -> float:
        """When it was answered."""
        return self.at + self.seconds


@dataclass
class Caller:
    """One line: call after call, until told to stop. What is booked arrives as a webhook's row as well."""

    connection: Connection
    salons: Sequence[Salon]
    database: Database
    chance: random.Random
    asked: list[Asked] = field(default_factory=list)

    async def keep_calling(self, deck: Iterator[tuple[str, ...]], until: float) -> None:
        """``until`` by time.monotonic; a call that has begun is finished."""
        while time.monotonic() < until:
            await self._call(self.chance.choice(self.salons), next(deck))

    async def _call(self, salon: Salon, functions: Sequence[str]) -> None:
        call_id, answer = f"call_{self.chance.getrandbits(64):016x}", dict[str, Any]()
        for turn, what in enumerate(functions):
            await asyncio.sleep(self.chance.uniform(*_PAUSE_SECONDS))
            said = await self.ask(salon, what, call_id, turn, _arguments(what, answer, self.chance))
            if what == "book" and said.get("booking"):
                start = datetime.fromisoformat(answer["slots"][0]["start"])
                await booked_by_webhook(self.database, salon, said["booking"], start)
            answer = said if said.get("slots") else answer

    async def ask(
        self, salon: Salon, what: str, call_id: str, turn: int, args: dict[str, Any]
    ) -> dict[str, Any]:
        """The answer.

        Raises:
            LocalError: it was none, and the figures would mean nothing.
        """
        request = _request(salon, _FUNCTIONS[what], call_id, turn, args)
        at, began = time.time(), time.perf_counter()
        status, body = await self.connection.ask(request)
        seconds = time.perf_counter() - began
        if status != _OK:
            raise LocalError(f"{what}: answered {status}", "read the log of voice_tools")
        answer = dict(json.loads(body))
        self.asked.append(Asked(what, salon, at, seconds, answer["status"]))
        return answer


async def called(
    port: int, salons: Sequence[Salon], database: Database, *, lines: int, seconds: float
) -> list[Asked]:
    """Everything that was asked on ``lines`` lines within about ``seconds``."""
    until, deck = time.monotonic() + seconds, cycle(DECK)

    async def line(number: int) -> list[Asked]:
        async with connected(port) as connection:
            chance = random.Random(number)  # noqa: S311  # the same callers in each run
            caller = Caller(connection, salons, database, chance)
            await caller.keep_calling(deck, until)
            return caller.asked

    return [asked for each in await asyncio.gather(*map(line, range(lines))) for asked in each]


async def warmed(port: int, salons: Sequence[Salon], database: Database) -> list[Asked]:
    """Each branch has a caller who looks at both of the first two fortnights."""
    return await _looked(port, salons, database, (min(_DAYS_AHEAD), max(_DAYS_AHEAD)), _WARMING)


async def cold(port: int, salons: Sequence[Salon], database: Database) -> list[Asked]:
    """Each branch is asked for a fortnight that nobody has asked for yet."""
    return await _looked(port, salons, database, (_NEVER_ASKED_AHEAD,), _LOOKING)


async def _looked(
    port: int, salons: Sequence[Salon], database: Database, ahead: Sequence[int], at_once: int
) -> list[Asked]:
    async def line(number: int) -> list[Asked]:
        async with connected(port) as connection:
            caller = Caller(connection, salons, database, random.Random(number))  # noqa: S311  # not used
            for salon in salons[number::at_once]:
                for days in ahead:
                    wish = _free(working_day(days))
                    await caller.ask(salon, "free", f"look-{salon.number}-{days}", 0, wish)
            return caller.asked

    return [asked for each in await asyncio.gather(*map(line, range(at_once))) for asked in each]


_FUNCTIONS: Final = {
    "free": "check_availability",
    "book": "book_appointment",
    "find": "find_appointment",
    "callback": "request_callback",
    "hours": "branch_information",
}


def _arguments(what: str, answer: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    match what:
        case "free":
            return _free(working_day(chance.choice(_DAYS_AHEAD)))
        case "book":
            code = answer["slots"][0]["code"] if answer.get("slots") else "A"
            name = chance.choice(_NAMES)
            return {"slot_code": code, "customer_name": name, "caller_confirmed": True}
        case "find":
            return {"customer_name": KNOWN_NAME, **_day(working_day(3))}
        case "callback":
            return {"reason": "Rückfrage zur Rechnung", "customer_name": chance.choice(_NAMES)}
        case _:
            return {"topic": "oeffnungszeiten"}


def _free(day: date) -> dict[str, Any]:
    return {"service": "schnitt", **_day(day)}


def _day(day: date) -> dict[str, Any]:
    return {"date": day.isoformat(), "caller_words": f"am {day.day}.{day.month}."}


def _request(salon: Salon, function: str, call_id: str, turn: int, args: dict[str, Any]) -> bytes:
    said = [{"role": role, "content": "Ja, bitte."} for _ in range(turn + 2) for role in ("agent", "user")]
    call = {**call_of(salon, call_id), "transcript_object": said}
    document = {"name": function, "call": call, "args": args}
    return signed(salon, f"/functions/{salon.company_id}/{function}", document)


def call_of(salon: Salon, call_id: str) -> dict[str, Any]:
    """What Retell tells of a call."""
    return {
        "call_id": call_id,
        "agent_id": salon.agent_id,
        "direction": "inbound",
        "from_number": "+4915112345678",
        "to_number": f"+4930{salon.number:08}",
    }


def signed(salon: Salon, path: str, document: dict[str, Any]) -> bytes:
    """The whole HTTP request."""
    body = json.dumps(document, ensure_ascii=False).encode()
    signature = sign_retell(body, salon.retell_key, int(time.time() * 1000))
    head = (
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"{RETELL_HEADER}: {signature}",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join([*head, "", ""]).encode() + body

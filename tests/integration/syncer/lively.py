"""A busy company at Cal.com: bookings of every kind, what becomes of them, and the webhooks that tell it."""

import asyncio
import itertools
import json
import random
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import httpx

from shared.contracts.calcom import TRIGGERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from infra.simulators.control import CalcomControl
    from tests.integration.syncer.conftest import World

VERSION: Final = {"cal-api-version": "2026-02-25"}
WEEK: Final = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
ZONES: Final = ("Europe/Berlin", "Europe/Rome", "UTC")
#: Nobody listens there: what was sent is read from the simulator's log.
NOWHERE: Final = "http://127.0.0.1:9/webhooks"
_AT_ONCE: Final = 8
_PAGE: Final = 250


def _every_half_hour() -> Iterator[datetime]:
    """Starts that nobody else takes, from the day after tomorrow on."""
    day = (datetime.now(UTC) + timedelta(days=2)).replace(hour=0, minute=0, second=0, microsecond=0)
    for number in itertools.count():
        days, half_hour = divmod(number, 47)
        yield day + timedelta(days=days, minutes=30 * half_hour)


@dataclass
class Calendar:
    """The company's account at Cal.com, with one event type that books at once and one that asks first."""

    http: httpx.AsyncClient
    control: "CalcomControl"
    books: int
    asks: int
    opened_at: int
    starts: Iterator[datetime] = field(default_factory=_every_half_hour)

    async def live(self, bookings: int) -> None:
        """So many bookings; a third of them are left as they were made."""
        places = asyncio.Semaphore(_AT_ONCE)

        async def one(number: int) -> None:
            async with places:
                await _LIVES[number % len(_LIVES)](self, number)

        await asyncio.gather(*map(one, range(bookings)))

    async def book(self, number: int, *, event_type: int | None = None) -> str:
        """Uid of a new booking; phone, language, time zone, place and metadata differ between them."""
        phone = {"phoneNumber": f"+4917{number:08d}"} if number % 2 else {}
        place = {"location": {"type": "attendeePhone", "phone": f"+4930{number:07d}"}} if number % 5 else {}
        by_phone = {"call_id": f"call-{number}", "askpro_token": f"token-{number}", **_spoken(number)}
        attendee = {
            "name": f"Eva {number}",
            "email": f"eva-{number}@example.org",
            "timeZone": ZONES[number % 3],
            "language": ("de", "en")[number % 2],
            **phone,
        }
        wish = {
            "start": self.start(),
            "eventTypeId": event_type or self.books,
            "attendee": attendee,
            "metadata": by_phone if number % 3 else {},
            **place,
        }
        return str((await self.post("/v2/bookings", wish))["uid"])

    def start(self) -> str:
        return next(self.starts).strftime("%Y-%m-%dT%H:%M:%SZ")

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = await self.http.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()["data"]

    async def bookings(self) -> list[dict[str, Any]]:
        """All of them, as the API shows them now."""
        found: list[dict[str, Any]] = []
        while True:
            page = await self.http.get("/v2/bookings", params={"take": _PAGE, "skip": len(found)})
            found += page.raise_for_status().json()["data"]
            if not page.json()["pagination"]["hasNextPage"]:
                return found

    async def sent(self) -> list[tuple[str, dict[str, Any]]]:
        """(event type of ours, body) of each webhook since the calendar was opened, in order."""
        sent = await self.control.deliveries(self.opened_at)
        return [(f"calcom.{one['event'].lower()}", json.loads(one["body"])) for one in sent]


@asynccontextmanager
async def lively(world: "World", control: "CalcomControl") -> "AsyncIterator[Calendar]":
    """Opens the calendar of the company's account."""
    await control.configure(booking_seconds=[0, 0], rate_limit_per_minute=1_000_000)
    told_others = await control.deliveries()
    key = {"Authorization": f"Bearer {world.account['apiKey']}", **VERSION}
    async with httpx.AsyncClient(base_url=control.root, headers=key, trust_env=False, timeout=120) as http:
        hook = {"active": True, "subscriberUrl": NOWHERE, "triggers": list(TRIGGERS), "secret": "s"}
        (await http.post("/v2/webhooks", json=hook)).raise_for_status()
        owner, week = world.account["id"], [{"days": WEEK, "startTime": "00:00", "endTime": "23:59"}]
        schedule = {"timeZone": "UTC", "availability": week}
        books = await control.add_event_type(owner, "Schnitt", 30, schedule=schedule)
        asks = await control.add_event_type(
            owner, "Farbe", 30, schedule=schedule, requiresConfirmation=True, slug="farbe"
        )
        opened_at = told_others[-1]["id"] if told_others else 0
        yield Calendar(http, control, int(books["id"]), int(asks["id"]), opened_at)


def with_losses(sent: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
    """A tenth dropped, a tenth doubled, all shuffled; the same for the same number of them."""
    chance = random.Random(len(sent))  # noqa: S311  # which of them, nothing secret
    tenth = len(sent) // 10
    left = chance.sample(sent, len(sent) - tenth)
    arrived = left + left[:tenth]
    chance.shuffle(arrived)
    return arrived


async def _stays(calendar: Calendar, number: int) -> None:
    await calendar.book(number)


async def _is_cancelled(calendar: Calendar, number: int) -> None:
    uid = await calendar.book(number)
    await calendar.post(f"/v2/bookings/{uid}/cancel", {"cancellationReason": f"krank {number}"})


async def _is_moved(calendar: Calendar, number: int) -> None:
    await _moved(calendar, await calendar.book(number))


async def _is_moved_twice_and_cancelled(calendar: Calendar, number: int) -> None:
    uid = await _moved(calendar, await _moved(calendar, await calendar.book(number)))
    await calendar.post(f"/v2/bookings/{uid}/cancel", {"cancellationReason": "doch nicht"})


async def _is_missed(calendar: Calendar, number: int) -> None:
    uid = await calendar.book(number)
    for absent in (True, False) if number % 2 else (True,):
        who = {"email": f"eva-{number}@example.org", "absent": absent}
        await calendar.post(f"/v2/bookings/{uid}/mark-absent", {"attendees": [who]})


async def _is_asked_for(calendar: Calendar, number: int) -> None:
    await calendar.book(number, event_type=calendar.asks)


async def _is_confirmed(calendar: Calendar, number: int) -> None:
    uid = await calendar.book(number, event_type=calendar.asks)
    await calendar.post(f"/v2/bookings/{uid}/confirm", {})


async def _is_declined(calendar: Calendar, number: int) -> None:
    uid = await calendar.book(number, event_type=calendar.asks)
    await calendar.post(f"/v2/bookings/{uid}/decline", {"reason": "Urlaub"})


async def _is_moved_while_asked_for(calendar: Calendar, number: int) -> None:
    await _moved(calendar, await calendar.book(number, event_type=calendar.asks))


_LIVES: Final = (
    _stays, _is_cancelled, _is_moved, _stays, _is_missed, _is_confirmed, _stays, _is_declined, _is_asked_for,
    _stays, _is_moved_twice_and_cancelled, _is_moved_while_asked_for,
)  # fmt: skip


async def _moved(calendar: Calendar, uid: str) -> str:
    return str((await calendar.post(f"/v2/bookings/{uid}/reschedule", {"start": calendar.start()}))["uid"])


def _spoken(number: int) -> dict[str, str]:
    """What a caller's number is kept as, where Cal.com does not take it."""
    return {"phone": f"+4917{number:08d}"} if number % 2 else {}

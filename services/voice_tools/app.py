"""The map of voice_tools: which function runs what."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.applications import Starlette

from services.voice_tools.handlers.access import Admit
from services.voice_tools.handlers.appointments import (
    CancelFound,
    RescheduleFound,
)
from services.voice_tools.handlers.availability import CheckFreeTimes
from services.voice_tools.handlers.booking import BookOffer
from services.voice_tools.handlers.budgets import Budgets
from services.voice_tools.handlers.changing import Changing
from services.voice_tools.handlers.entering import Entering
from services.voice_tools.handlers.finding import FindByNameAndDay
from services.voice_tools.handlers.in_flight import InFlight
from services.voice_tools.handlers.inbound import Greet
from services.voice_tools.handlers.limits import Guesses, Limited
from services.voice_tools.handlers.noting import BookOrNote
from services.voice_tools.handlers.offering import Offering
from services.voice_tools.handlers.others import RecordAnswer, RequestCall, TellAboutBranch
from services.voice_tools.handlers.people import People
from services.voice_tools.handlers.repeats import Repeats
from services.voice_tools.handlers.wished_person import WishedPerson
from services.voice_tools.routes import Run, VoiceEndpoints
from services.voice_tools.settings import VoiceSettings
from services.voice_tools.store.acquaintances import Acquaintances
from services.voice_tools.store.allowance import Allowance
from services.voice_tools.store.appointments import Appointments
from services.voice_tools.store.booker import Booker
from services.voice_tools.store.bookings import Bookings
from services.voice_tools.store.branches import Branches
from services.voice_tools.store.calendar_changes import CalendarChanges
from services.voice_tools.store.calendars import Calendars
from services.voice_tools.store.callbacks import Callbacks
from services.voice_tools.store.changes import Changes
from services.voice_tools.store.counters import Counters
from services.voice_tools.store.customers import Customers
from services.voice_tools.store.expired import Expired
from services.voice_tools.store.free_slots import FreeSlots
from services.voice_tools.store.gateways import Gateways
from services.voice_tools.store.letters import Letters
from services.voice_tools.store.live_calls import LiveCalls
from services.voice_tools.store.noted import NotedWishes
from services.voice_tools.store.notices import Notices
from services.voice_tools.store.offers import Offers
from services.voice_tools.store.questions import Questions
from services.voice_tools.store.slot_cache import open_cache
from services.voice_tools.values import Result
from shared.contracts import hours
from shared.db.credentials import Credentials
from shared.db.engine import Database
from shared.errors import InfrastructureError
from shared.health.endpoints import health_routes
from shared.health.platform import Platform
from shared.health.problem import EXCEPTION_HANDLERS
from shared.messaging.publisher import Publisher
from shared.observability.logging import get_logger

_log = get_logger("voice_tools")
NAME: Final = "voice_tools"
_SWEEP_SECONDS: Final = 15.0
#: Longer than ingest waits: a caller is on the line, and nobody sends the question again.
_COLD_SECONDS: Final = 2.0
#: Twice that, for company and branch, leaves a ringing call time for a look at who calls.
_KNOWN_SECONDS: Final = 0.08
#: What the calendar may use of a look's budget; the rest is our own database's.
_OF_A_LOOK: Final = 0.8


@dataclass(frozen=True, slots=True)
class Voice:
    """What the service consists of, beyond the platform."""

    endpoints: VoiceEndpoints
    attempts: InFlight[Result]
    live: LiveCalls
    bookings: Bookings
    changes: Changes
    expired: Expired

    async def sweep(self) -> None:
        """For ever: take over what a process that died has left behind."""
        while True:
            try:
                taken = await self.bookings.take_over_abandoned() + await self.changes.take_over_abandoned()
                await self.expired.forget()
                if taken:
                    _log.warning("attempts.taken_over", count=taken)
            except InfrastructureError as error:
                _log.debug("attempts.unreadable", reason=str(error))
            await asyncio.sleep(_SWEEP_SECONDS)

    async def close(self) -> None:
        """Let attempts end: a caller was told that they are on their way."""
        await self.attempts.drain()
        await self.live.close()


def build(settings: VoiceSettings) -> tuple[Platform, Starlette]:
    """Wire the service; nothing connects yet."""
    hours.load()
    platform = Platform(NAME, settings)
    credentials = Credentials(platform.database, platform.vault, patience=_KNOWN_SECONDS, cold=_COLD_SECONDS)
    platform.circuits.listen(credentials.heed)
    gateways = Gateways(platform.database, platform.vault, platform=settings.sends_sms)
    people = People(Customers(platform.database), gateways, settings.booking_email_domain)
    calendars = Calendars(credentials, platform.providers, platform.circuits)
    live = LiveCalls(credentials, platform.providers)
    parts = _stores(platform.database, platform.publisher, calendars, live, people, settings)
    voice = assemble(platform.database, credentials, parts, settings)
    platform.background("sweep", voice.sweep)
    platform.on_close(voice.close)
    routes = [*voice.endpoints.routes(), *health_routes(NAME, platform.readiness)]
    return platform, Starlette(routes=routes, exception_handlers=EXCEPTION_HANDLERS)


def assemble(database: Database, credentials: Credentials, parts: "_Parts", settings: VoiceSettings) -> Voice:
    """Handlers, then the endpoints."""
    admit, branches = Admit(credentials), Branches(database, patience=_KNOWN_SECONDS)
    endpoints = VoiceEndpoints(
        admit,
        branches,
        limited(functions(parts), parts.counters, settings.voice_functions_per_minute),
        Greet(admit, branches, Acquaintances(database), parts.notices),
        settings.voice_max_body_bytes,
        budgets=Budgets(look=settings.voice_look_seconds, enter=settings.voice_soft_seconds),
    )
    return Voice(endpoints, parts.attempts, parts.live, parts.bookings, parts.changes, Expired(database))


@dataclass(frozen=True, slots=True)
class _Parts:
    """The stores that functions share."""

    offers: Offers
    letters: Letters
    questions: Questions
    slots: FreeSlots
    people: People
    appointments: Appointments
    bookings: Bookings
    noted: NotedWishes
    changes: Changes
    callbacks: Callbacks
    notices: Notices
    booker: Booker
    live: LiveCalls
    attempts: InFlight[Result]
    counters: Counters


def _stores(
    database: Database,
    publisher: Publisher,
    calendars: Calendars,
    live: LiveCalls,
    people: People,
    settings: VoiceSettings,
) -> _Parts:
    redis_url = settings.redis_url.get_secret_value() if settings.redis_url else None
    cache = open_cache(redis_url)
    shared = cache if redis_url else None
    counters, letters = Counters(shared), Letters(shared)
    slots = FreeSlots(
        cache,
        calendars,
        CalendarChanges(database),
        Allowance(counters),
        ttl=settings.voice_slots_ttl_seconds,
        patience=settings.voice_look_seconds * _OF_A_LOOK,
    )
    return _Parts(
        offers=Offers(database, letters),
        letters=letters,
        questions=Questions(cache),
        slots=slots,
        people=people,
        appointments=Appointments(database),
        bookings=Bookings(database),
        noted=NotedWishes(publisher, database),
        changes=Changes(database),
        callbacks=Callbacks(database, source=NAME),
        notices=Notices(database),
        booker=Booker(calendars),
        live=live,
        attempts=InFlight(soft=settings.voice_soft_seconds),
        counters=counters,
    )


def functions(parts: _Parts) -> Mapping[str, Run]:
    """The table: which function of shared.contracts.voice runs what."""
    offering = Offering(parts.slots, parts.offers)
    changing = Changing(parts.changes, parts.booker, parts.live, parts.attempts, parts.slots)
    return {
        "check_availability": CheckFreeTimes(
            offering, WishedPerson(offering, parts.appointments), parts.questions, Repeats(parts.counters)
        ),
        "book_appointment": BookOrNote(
            BookOffer(parts.offers, parts.letters, parts.people, parts.bookings, _entering(parts, offering))
        ),
        "find_appointment": FindByNameAndDay(
            parts.appointments, Guesses(parts.counters), parts.questions, Repeats(parts.counters)
        ),
        "reschedule_appointment": RescheduleFound(parts.appointments, parts.offers, offering, changing),
        "cancel_appointment": CancelFound(parts.appointments, changing),
        "request_callback": RequestCall(parts.callbacks),
        "branch_information": TellAboutBranch(parts.notices),
        "record_consent": RecordAnswer(parts.callbacks, parts.live),
    }


def _entering(parts: _Parts, offering: Offering) -> Entering:
    return Entering(
        offering,
        parts.bookings,
        parts.noted,
        parts.letters,
        parts.booker,
        parts.live,
        parts.attempts,
    )


def limited(functions: Mapping[str, Run], counters: Counters, per_minute: int) -> Mapping[str, Run]:
    """Each function, as long as nobody asks for too much."""
    return {name: Limited(name, run, counters, per_minute) for name, run in functions.items()}

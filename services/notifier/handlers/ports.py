"""What the handlers need from outside."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from email.message import EmailMessage
from typing import Protocol, TypeAlias

from services.notifier.calendar_file import CalendarKey
from services.notifier.facts import Around, Channel, Missing
from services.notifier.notice import Notice
from shared.contracts.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    CallbackRequested,
    OwnEvent,
)

Told: TypeAlias = AppointmentBooked | AppointmentRescheduled | AppointmentCancelled


class People(Protocol):
    """Who is around an event."""

    async def around(self, event: OwnEvent, *, with_targets: bool = False) -> Around: ...

    async def calendar_key(self, event: OwnEvent) -> CalendarKey | None: ...


class Notices(Protocol):
    """Which messages were sent."""

    def turn(self, notice: Notice) -> AbstractAsyncContextManager[bool]: ...

    async def record_missing(self, event: OwnEvent, channel: Channel, missing: Sequence[Missing]) -> None: ...


class Tasks(Protocol):
    """Calls the company has to make."""

    async def is_news(self, event: Told) -> bool:
        """Nobody has told the customer on the line, and it is still worth telling."""
        ...

    async def ask(self, task: CallbackRequested) -> None: ...


class Mailer(Protocol):
    """Hands a mail to the mail server. A repeat with the same Message-ID is the same mail."""

    async def send(self, message: EmailMessage) -> None: ...


class Messenger(Protocol):
    """Sends ``text`` to a chat or SMS URL."""

    async def send(self, url: str, text: str) -> None: ...

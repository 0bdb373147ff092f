"""The map of the notifier: which queue runs which handler with what."""

from datetime import UTC, datetime
from typing import Final

from starlette.applications import Starlette

from services.notifier.handlers import NotifyByChat, NotifyByMail, NotifyBySms
from services.notifier.recipients import AUDIENCES, Rules
from services.notifier.senders import Senders
from services.notifier.settings import Settings
from services.notifier.store import Callbacks, Notifications, People
from services.notifier.wording import Writer
from shared.clients.chat import ChatHooks
from shared.clients.mail import Mailer, SmtpServer
from shared.clients.messages import Messages
from shared.contracts import names
from shared.contracts.events import (
    OWN_EVENTS,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    BookingRequestFailed,
    CallbackRequested,
)
from shared.contracts.targets import parse_targets
from shared.health.endpoints import health_routes
from shared.health.platform import Platform
from shared.messaging.consumers import On

NAME: Final = "notifier"
_TOLD: Final = tuple(OWN_EVENTS[type_] for type_ in AUDIENCES)
_TEXTED: Final = (
    AppointmentBooked,
    AppointmentRescheduled,
    AppointmentCancelled,
    CallbackRequested,
    BookingRequestFailed,
)


def build(settings: Settings) -> tuple[Platform, Starlette]:
    """Wire the service; nothing connects yet."""
    platform = Platform(NAME, settings)
    people = People(platform.database, platform.vault)
    notices = Notifications(platform.database)
    writer = Writer(settings.console_public_url or "")
    rules = _rules(settings)
    mailer = Mailer(SmtpServer.parse(settings.smtp_url.get_secret_value()), platform.guards)
    senders = _senders(platform)
    by_mail = NotifyByMail(people, notices, rules, writer, mailer, settings.sender, lambda: datetime.now(UTC))
    by_chat = NotifyByChat(people, notices, rules, writer, senders)
    by_sms = NotifyBySms(people, notices, Callbacks(platform.database), rules, writer, senders)
    platform.subscribe(
        {
            names.NOTIFIER_MAIL: tuple(On(event, by_mail) for event in _TOLD),
            names.NOTIFIER_CHAT: tuple(On(event, by_chat) for event in _TOLD),
            names.NOTIFIER_SMS: tuple(On(event, by_sms) for event in _TEXTED),
        }
    )
    return platform, Starlette(routes=health_routes(NAME, platform.readiness))


def _rules(settings: Settings) -> Rules:
    return Rules(
        operators=parse_targets(settings.notify_urls.get_secret_value()),
        operators_language=settings.notify_language,
        placeholder_domain=settings.booking_email_domain,
    )


def _senders(platform: Platform) -> Senders:
    services = Messages(platform.guards)

    async def close() -> None:
        services.close()

    platform.on_close(close)
    return Senders(ChatHooks(platform.http, platform.guards), services)

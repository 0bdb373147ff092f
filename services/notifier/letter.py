"""Words, page and calendar entry → a mail: text, HTML beside it, the calendar file attached."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from services.notifier.calendar_file import CalendarEntry, CalendarKey, calendar_file
from services.notifier.facts import Around, Language, Recipient
from services.notifier.recipients import customer_of
from services.notifier.text import one_line
from services.notifier.wording import Words, place_of
from shared.contracts.events import AppointmentBooked, AppointmentCancelled, AppointmentRescheduled, OwnEvent

_FILE_NAMES: Final[dict[Language, str]] = {"de": "termin.ics", "en": "appointment.ics"}
#: RFC 5322 lets a line have 998 characters; subjects longer than this are cut off on every screen.
_LONGEST_SUBJECT: Final = 180
#: A rescheduled booking starts counting its versions anew; no booking changes a thousand times.
_VERSIONS_PER_BOOKING: Final = 1_000


@dataclass(frozen=True, slots=True)
class Letter:
    """What one mail is made of. ``message_id`` stands in angle brackets; the same letter has the same."""

    message_id: str
    sender: str
    recipient: Recipient
    reply_to: str | None
    words: Words
    page: str
    entry: CalendarEntry | None

    def message(self, *, now: datetime) -> EmailMessage:
        """The mail. No word of a caller can add a header: each stands on one line."""
        mail = EmailMessage(policy=SMTP)
        mail["From"] = _mailbox(self.words.sender, self.sender)
        mail["To"] = _mailbox("", self.recipient.address)
        if self.reply_to:
            mail["Reply-To"] = _mailbox("", self.reply_to)
        mail["Subject"] = self.words.subject[:_LONGEST_SUBJECT]
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = self.message_id
        mail["Content-Language"] = self.recipient.language
        # Nobody's holiday notice answers a machine.
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        mail.set_content(self.words.text)
        mail.add_alternative(self.page, subtype="html")
        if self.entry:
            _attach(mail, self.entry, _FILE_NAMES[self.recipient.language], now)
        return mail


def entry_of(
    event: OwnEvent, key: CalendarKey | None, around: Around, recipient: Recipient
) -> CalendarEntry | None:
    """The calendar entry of an appointment that was booked, moved or cancelled; None for other events."""
    if key is None or not isinstance(
        event, AppointmentBooked | AppointmentRescheduled | AppointmentCancelled
    ):
        return None
    what = event.service_name or event.title
    other = (
        customer_of(event).name if recipient.audience == "company" else around.company and around.company.name
    )
    return CalendarEntry(
        uid=key.uid,
        sequence=key.moves * _VERSIONS_PER_BOOKING + event.version,
        start=event.start,
        end=event.end,
        summary=", ".join(part for part in (what, other) if part),
        location=place_of(around),
        cancelled=isinstance(event, AppointmentCancelled),
    )


def _mailbox(name: str, address: str) -> Address:
    return Address(display_name=one_line(name), addr_spec=address)


def _attach(mail: EmailMessage, entry: CalendarEntry, name: str, now: datetime) -> None:
    mail.add_attachment(
        calendar_file(entry, now=now),
        maintype="text",
        subtype="calendar",
        filename=name,
        params={"method": entry.method, "charset": "utf-8"},
    )

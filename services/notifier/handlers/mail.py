"""Outcome → mails to the company and the customer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.notifier.calendar_file import CalendarKey
from services.notifier.facts import Around, Recipient
from services.notifier.handlers.ports import Mailer, Notices, People
from services.notifier.handlers.telling import tell_each
from services.notifier.letter import Letter, entry_of
from services.notifier.notice import Notice
from services.notifier.recipients import Rules
from services.notifier.wording import Writer
from shared.contracts.events import OwnEvent


@dataclass(frozen=True, slots=True)
class NotifyByMail:
    """``sender`` is the address mails come from; its domain ends every Message-ID."""

    people: People
    notices: Notices
    rules: Rules
    writer: Writer
    mailer: Mailer
    sender: str
    now: Callable[[], datetime]

    async def __call__(self, event: OwnEvent) -> None:
        around = await self.people.around(event, with_targets=self.rules.needs_targets(event))
        plan = self.rules.mail(event, around)
        await self.notices.record_missing(event, "mail", plan.missing)
        key = await self.people.calendar_key(event) if plan.recipients else None
        await tell_each(self._tell(event, around, key, recipient) for recipient in plan.recipients)

    async def _tell(self, event: OwnEvent, around: Around, key: CalendarKey | None, to: Recipient) -> None:
        notice = Notice.to(to, event, "mail", domain=self.sender.rpartition("@")[2])
        async with self.notices.turn(notice) as mine:
            if mine:
                letter = self._letter(event, around, key, to, notice.message_id)
                await self.mailer.send(letter.message(now=self.now()))

    def _letter(
        self, event: OwnEvent, around: Around, key: CalendarKey | None, to: Recipient, message_id: str
    ) -> Letter:
        words = self.writer.write(event, around, to, unreachable=self.rules.unreachable(event, around))
        return Letter(
            message_id=message_id,
            sender=self.sender,
            recipient=to,
            reply_to=self.rules.reply_to(around) if to.audience == "customer" else None,
            words=words,
            page=self.writer.page(words, to.language),
            entry=entry_of(event, key, around, to),
        )

"""Outcome → chat messages to the company and to the operators."""

from dataclasses import dataclass

from services.notifier.facts import Around, Recipient
from services.notifier.handlers.ports import Messenger, Notices, People
from services.notifier.handlers.telling import tell_each
from services.notifier.notice import Notice
from services.notifier.recipients import Rules
from services.notifier.wording import Writer
from shared.contracts.events import OwnEvent


@dataclass(frozen=True, slots=True)
class NotifyByChat:
    """A chat cannot tell a repeat: after a crash between sending and marking a message may come twice."""

    people: People
    notices: Notices
    rules: Rules
    writer: Writer
    messenger: Messenger

    async def __call__(self, event: OwnEvent) -> None:
        around = await self.people.around(event, with_targets=True)
        plan = self.rules.chat(event, around)
        await self.notices.record_missing(event, "chat", plan.missing)
        await tell_each(self._tell(event, around, recipient) for recipient in plan.recipients)

    async def _tell(self, event: OwnEvent, around: Around, to: Recipient) -> None:
        async with self.notices.turn(Notice.to(to, event, "chat")) as mine:
            if mine:
                words = self.writer.write(
                    event, around, to, unreachable=self.rules.unreachable(event, around)
                )
                await self.messenger.send(to.address, words.chat)

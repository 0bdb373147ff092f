"""Outcome → SMS to customers that have nothing but a mobile, to owners when it is urgent.

Who cannot be written to at all is left to a person: the company gets a callback task.
"""

from dataclasses import dataclass

from services.notifier.facts import Around, Recipient
from services.notifier.handlers.ports import Messenger, Notices, People, Tasks, Told
from services.notifier.handlers.telling import tell_each
from services.notifier.notice import Notice, key_of
from services.notifier.recipients import Rules
from services.notifier.wording import Writer
from shared.contracts.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    CallbackRequested,
    OwnEvent,
)


@dataclass(frozen=True, slots=True)
class NotifyBySms:
    """The last channel: what it cannot reach, only a phone call can."""

    people: People
    notices: Notices
    tasks: Tasks
    rules: Rules
    writer: Writer
    messenger: Messenger

    async def __call__(self, event: OwnEvent) -> None:
        around = await self.people.around(event, with_targets=True)
        plan = self.rules.sms(event, around)
        await self.notices.record_missing(event, "sms", plan.missing)
        await tell_each(self._tell(event, around, recipient) for recipient in plan.recipients)
        await self._leave_to_a_person(event, around)

    async def _tell(self, event: OwnEvent, around: Around, to: Recipient) -> None:
        async with self.notices.turn(Notice.to(to, event, "sms")) as mine:
            if mine:
                words = self.writer.write(event, around, to, unreachable=False)
                await self.messenger.send(to.address, words.short)

    async def _leave_to_a_person(self, event: OwnEvent, around: Around) -> None:
        if not isinstance(event, AppointmentBooked | AppointmentRescheduled | AppointmentCancelled):
            return
        if self.rules.unreachable(event, around) and await self.tasks.is_news(event):
            await self.tasks.ask(self._task(event, around))

    def _task(self, event: Told, around: Around) -> CallbackRequested:
        return CallbackRequested(
            company_id=event.company_id,
            callback_id=f"callback_{key_of(event.event_id())}",
            branch_id=event.branch_id,
            branch_name=around.branch.name if around.branch else None,
            call_id=event.call_id,
            reason=self.writer.task(event, around),
            phone=event.customer.phone,
            customer_name=event.customer.name or None,
        )

"""book_appointment, whether the database answers or not."""

from dataclasses import dataclass, field, replace
from typing import Final

from services.voice_tools.handlers.answers import reply
from services.voice_tools.handlers.booking import BookOffer
from services.voice_tools.handlers.budgets import over
from services.voice_tools.handlers.in_flight import Patience
from services.voice_tools.values import Answer, Call, Line
from shared.contracts.voice import BookAppointment
from shared.errors import InfrastructureError

_NAME: Final = "book_appointment"


@dataclass(frozen=True, slots=True)
class BookOrNote:
    """Exactly one of the two: what the database was too slow for never begins, and then the wish is noted."""

    offer: BookOffer
    patience: Patience = field(default_factory=Patience)

    async def __call__(self, call: Call, args: BookAppointment) -> Answer:
        line, again = Line(call.line), self.patience.hangs(call.call_id)
        try:
            booked = await self.patience.result(
                self.offer(replace(call, line=line), args),
                seconds=call.left(self.offer.entering.databases),
                key=call.call_id,
                may_leave=line.close,
            )
        except InfrastructureError:
            if not line.close():
                raise
            return await self.offer.without_database(call, args) or reply(call, "failed")
        if booked is not None or line.begun:
            return booked or reply(call, "pending")
        return await self.offer.without_database(call, args) or reply(call, over(_NAME, again=again))

"""A salon whose service reaches its database, and the broker, by ways that can fail."""

import secrets
import time
from dataclasses import dataclass

from shared.db.tables import Booking
from tests.integration.voice_tools.salon import MOBILE, Salon
from tests.proxy import FaultProxy
from tests.support import eventually

#: A machine with other work answers late; what is late for another reason is much later.
SLACK = 3.0


@dataclass
class Far:
    """Budgets are those of production. ``way`` leads to the database, ``broker`` to the broker."""

    salon: Salon
    way: FaultProxy
    broker: FaultProxy
    number: str = MOBILE

    async def timed(self, name: str, **args: object) -> tuple[str, float]:
        """What a function answered, and after how many seconds."""
        began = time.monotonic()
        answer = await self.salon.ask(name, args, from_number=self.number)
        return answer["say"], time.monotonic() - began

    async def book(self, code: str = "A", **args: object) -> tuple[str, float]:
        yes = {"slot_code": code, "customer_name": "Anna Meyer", "caller_confirmed": True}
        return await self.timed("book_appointment", **yes | args)

    def another_call(self) -> "Far":
        """Somebody else calls by the same ways."""
        number = f"+4915{secrets.randbelow(10**9):09d}"
        return Far(self.salon.another_call(), self.way, self.broker, number)

    async def attempt(self) -> Booking:
        """The one attempt of this call, once there is one."""
        await eventually(self.attempts, of="an attempt")
        [attempt] = await self.attempts()
        return attempt

    async def attempts(self) -> list[Booking]:
        return [each for each in await self.salon.attempts() if each.call_id == self.salon.call_id]

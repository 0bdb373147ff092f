"""Senders that behave as the providers do: who never sends again, who does three times, who does for days."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx

from tests.faults.messages import Message
from tests.support import eventually

_ACCEPTED: Final = 202
_ANSWERED_WITHIN: Final = 10.0
_AGAIN_AFTER: Final = 1.0
_AT_ONCE: Final = 24
_ALL_SENT_WITHIN: Final = 1500.0


@dataclass
class Senders:
    """``accepted``: the event id of each 202, by message; what is not in it may have arrived all the same."""

    url: str
    messages: Sequence[Message]
    rate: float
    accepted: dict[int, str] = field(default_factory=dict)
    refused: Counter[int] = field(default_factory=Counter)
    sent: int = 0

    @asynccontextmanager
    async def sending(self) -> AsyncIterator["asyncio.Task[None]"]:
        """Everything, once each, at ``rate`` a second, beside the block; the task ends when all is sent."""
        task = asyncio.create_task(self._all())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def have_sent(self, share: float) -> None:
        """Return once that part of the messages is sent."""

        async def reached() -> bool:
            return self.sent >= share * len(self.messages)

        await eventually(reached, within=_ALL_SENT_WITHIN, every=0.2, of=f"{share:.0%} are sent")

    async def _all(self) -> None:
        numbers = iter(range(len(self.messages)))
        limits = httpx.Limits(max_connections=_AT_ONCE)
        async with (
            httpx.AsyncClient(
                base_url=self.url, timeout=_ANSWERED_WITHIN, trust_env=False, limits=limits
            ) as client,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(_AT_ONCE):
                group.create_task(self._in_turn(client, numbers))

    async def _in_turn(self, client: httpx.AsyncClient, numbers: Iterator[int]) -> None:
        for number in numbers:
            pause = asyncio.create_task(asyncio.sleep(_AT_ONCE / self.rate))
            await self._send(client, number)
            self.sent += 1
            await pause

    async def _send(self, client: httpx.AsyncClient, number: int) -> None:
        message = self.messages[number]
        for _ in range(message.attempts):
            if await self._post(client, number, message):
                return
            await asyncio.sleep(_AGAIN_AFTER)

    async def _post(self, client: httpx.AsyncClient, number: int, message: Message) -> bool:
        try:
            answer = await client.post(message.path, content=message.raw, headers=message.sign(message.raw))
        except httpx.HTTPError:
            self.refused[0] += 1
            return False
        if answer.status_code != _ACCEPTED:
            self.refused[answer.status_code] += 1
            return False
        self.accepted[number] = str(answer.json()["event_id"])
        return True

"""What the broker still holds, and nodes that count it twice a second."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from aio_pika import connect
from aio_pika.abc import AbstractChannel

from infra.local.rabbitmq import PrivateRabbit
from infra.local.rabbitmq_source import Installation
from shared.messaging.depths import management_get
from shared.messaging.topology import all_queues

#: A queue counts what its consumers hold at each of its ticks, 5 s apart where nobody says otherwise.
TICK_SECONDS: Final = 0.5
_TICK: Final = f" -rabbit quorum_tick_interval {TICK_SECONDS * 1000:.0f}"
_ERLANG: Final = "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"


class CountingRabbit(PrivateRabbit):
    """A node whose queues count themselves twice a second."""

    def _environment(self, found: Installation) -> Mapping[str, str]:
        usual = super()._environment(found)
        return {**usual, _ERLANG: usual[_ERLANG] + _TICK}


@dataclass(frozen=True, slots=True)
class Depths:
    """Of one virtual host. ``unheard``: queues whose consumers are not part of the installation."""

    broker_url: str
    management_url: str
    unheard: frozenset[str] = frozenset()

    async def left(self) -> dict[str, int]:
        """Messages by queue: those that wait, as of now; with those in somebody's hands, as last counted."""
        listened = [spec.name for spec in all_queues() if spec.name not in self.unheard]
        async with await connect(self.broker_url, timeout=10) as connection:
            channel = await connection.channel()
            ready = {name: await _ready(channel, name) for name in listened}
        counted = await self._counted()
        return {name: most for name in listened if (most := max(ready[name], counted.get(name, 0)))}

    async def _counted(self) -> dict[str, int]:
        vhost = unquote(urlsplit(self.broker_url).path[1:]) or "/"
        totals = await management_get(
            self.management_url, "queues", vhost, disable_stats="true", enable_queue_totals="true"
        )
        return {row["name"]: int(row["messages"]) for row in totals}


async def _ready(channel: AbstractChannel, name: str) -> int:
    queue = await channel.declare_queue(name, passive=True)
    return queue.declaration_result.message_count or 0

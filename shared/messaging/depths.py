"""Depths of our queues: by the management API where there is one, else by asking AMQP."""

import base64
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

import httpx

from shared.contracts.depths import Depth
from shared.errors import InfrastructureError
from shared.messaging.publisher import Publisher
from shared.messaging.topology import all_queues
from shared.resilience.tls import tls_context

#: The largest prefetch of a consumer of ours, the event log's writer: what can be unacknowledged at most.
_LARGEST_PREFETCH: Final = 200
_PATIENCE: Final = 3.0
_STATISTICS: Final = "name,consumers,message_stats.publish_details.rate,message_stats.ack_details.rate"


class Depths:
    """``management_url`` None: AMQP only, which tells neither unacknowledged messages nor policies."""

    def __init__(self, publisher: Publisher, rabbitmq_url: str, management_url: str | None) -> None:
        self._publisher = publisher
        self._vhost = unquote(urlsplit(rabbitmq_url).path[1:]) or "/"
        self._management_url = management_url

    async def read(self) -> Mapping[str, Depth]:
        """By name of the queue.

        Raises:
            InfrastructureError: the broker is away.
        """
        if self._management_url is None:
            return await self._by_amqp()
        try:
            return await self._by_management(self._management_url)
        except (httpx.HTTPError, ValueError, KeyError):
            # The plugin may be off while the broker works: less exact beats nothing.
            return await self._by_amqp()

    async def _by_management(self, url: str) -> Mapping[str, Depth]:
        # Each queue counts anew every 5 s; this form tells those counts at once, the other one the consumers.
        totals = await management_get(
            url, "queues", self._vhost, disable_stats="true", enable_queue_totals="true"
        )
        statistics = await management_get(url, "queues", self._vhost, columns=_STATISTICS)
        measured = {row["name"]: row for row in statistics}
        ours = {spec.name for spec in all_queues()}
        return {
            row["name"]: _depth(row, measured.get(row["name"], {})) for row in totals if row["name"] in ours
        }

    async def _by_amqp(self) -> Mapping[str, Depth]:
        try:
            connection = await self._publisher.broker.connect()
            channel = await connection.channel()
            try:
                found = {}
                for spec in all_queues():
                    queue = await channel.declare_queue(spec.name, passive=True)
                    result = queue.declaration_result
                    consumers = result.consumer_count or 0
                    found[spec.name] = Depth(
                        spec.name, result.message_count or 0, None, consumers, consumers * _LARGEST_PREFETCH
                    )
                return found
            finally:
                await channel.close()
        except Exception as error:
            raise InfrastructureError(f"depths: {error}", gate="broker") from error


def _depth(row: Mapping[str, Any], measured: Mapping[str, Any]) -> Depth:
    ready, unacknowledged = row["messages_ready"], row["messages_unacknowledged"]
    # What is on its way to the dead letters is neither: it stays while their queue is missing.
    leaving = max(0, row["messages"] - ready - unacknowledged)
    return Depth(
        row["name"],
        ready,
        unacknowledged,
        measured.get("consumers", 0),
        leaving=leaving,
        arriving=_rate(measured, "publish_details"),
        settled=_rate(measured, "ack_details"),
    )


def _rate(measured: Mapping[str, Any], what: str) -> float:
    """A queue through which nothing ever went has no statistics."""
    return float(measured.get("message_stats", {}).get(what, {}).get("rate", 0.0))


async def management_get(url: str, what: str, vhost: str | None = None, **query: str) -> Any:
    """JSON of ``/api/<what>/<vhost>``, or of ``/api/<what>``.

    Raises:
        httpx.HTTPError, ValueError: away, refused, or no JSON.
    """
    base, headers = _split(url)
    async with httpx.AsyncClient(
        timeout=_PATIENCE, trust_env=False, headers=headers, verify=tls_context()
    ) as client:
        path = what if vhost is None else f"{what}/{quote(vhost, safe='')}"
        answer = await client.get(f"{base}/api/{path}", params=query)
        return answer.raise_for_status().json()


def _split(url: str) -> tuple[str, dict[str, str]]:
    """The base URL without user and password, and the header that carries them."""
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.hostname}:{parts.port or 15672}{parts.path.rstrip('/')}"
    word = f"{unquote(parts.username or 'guest')}:{unquote(parts.password or 'guest')}"
    return base, {"Authorization": f"Basic {base64.b64encode(word.encode()).decode()}"}

"""A proxy before the broker that counts what is published through it, by reading AMQP as it passes."""

import asyncio
import struct
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from pamqp import commands, frame, header

from shared.contracts.names import DELIVERY_ATTEMPT
from tests.proxy import FaultProxy

_PROTOCOL: Final = 8
#: Type, channel and size before a frame's content, one octet behind it.
_FRAME: Final = struct.Struct(">BHI")
_METHOD, _HEADER = 1, 2


class TappedProxy(FaultProxy):
    """``redelivered``: how often each event was sent to its queue for its second or a later attempt."""

    def __init__(self, *target_ports: int) -> None:
        super().__init__(*target_ports)
        self.redelivered: Counter[str] = Counter()

    async def _pump(
        self, source: Any, target: asyncio.StreamWriter, passes: asyncio.Event, **counted: Any
    ) -> None:
        from_us = passes is self._flows
        heard = _Overheard(source, self.redelivered) if from_us else source
        await super()._pump(heard, target, passes, **counted)


@dataclass
class _Overheard:
    """What one client sends."""

    source: asyncio.StreamReader
    redelivered: Counter[str]
    _unread: bytes = b""
    _began: bool = False
    _to: dict[int, str] = field(default_factory=dict)

    async def read(self, size: int) -> bytes:
        data = await self.source.read(size)
        self._unread += data
        self._read_frames()
        return data

    def _read_frames(self) -> None:
        if not self._began and len(self._unread) >= _PROTOCOL:
            self._began, self._unread = True, self._unread[_PROTOCOL:]
        while self._began and len(self._unread) >= _FRAME.size:
            kind, _, size = _FRAME.unpack_from(self._unread)
            end = _FRAME.size + size + 1
            if len(self._unread) < end:
                return
            if kind in {_METHOD, _HEADER}:
                self._count(*frame.unmarshal(self._unread[:end])[1:])
            self._unread = self._unread[end:]

    def _count(self, channel: int, content: object) -> None:
        """The queue comes with the command, id and attempt with the header behind it."""
        if isinstance(content, commands.Basic.Publish):
            self._to[channel] = content.routing_key if content.exchange == "" else ""
        elif isinstance(content, header.ContentHeader) and self._to.pop(channel, ""):
            properties = content.properties
            if (properties.headers or {}).get(DELIVERY_ATTEMPT, 1) > 1:
                self.redelivered[str(properties.message_id)] += 1

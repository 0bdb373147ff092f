"""AMQP properties and own headers ↔ JSON, equal in value after the way through a row.

Not kept, because they would lose the message: ``expiration`` (it ends in the broker, unseen) and ``user_id``
(the broker closes the channel of everybody else). ``delivery_mode`` is always persistent. pamqp sends every
float with 32 bits.
"""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractIncomingMessage

from shared.contracts.ids import short_string

#: Written by the broker. A copy that kept them vanished after one more round.
_BROKERS_OWN: Final = ("x-death", "x-first-death", "x-last-death", "x-delivery-count", "x-acquired-count")
_PLAIN: Final = (
    "message_id",
    "type",
    "correlation_id",
    "app_id",
    "content_type",
    "content_encoding",
    "reply_to",
    "priority",
)


def stored(message: AbstractIncomingMessage) -> dict[str, Any]:
    """Properties of a delivery as JSON, without what the broker wrote."""
    plain = {name: value for name in _PLAIN if (value := getattr(message, name)) is not None}
    stamp = message.timestamp
    return {
        **{name: _encode(value) for name, value in plain.items()},
        **({"timestamp": int(stamp.timestamp())} if stamp else {}),
        "headers": {key: _encode(value) for key, value in own_headers(message.headers).items()},
    }


def own_headers(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Headers without those that the broker wrote."""
    return {key: value for key, value in headers.items() if not key.startswith(_BROKERS_OWN)}


def message_of(body: bytes, properties: Mapping[str, Any], **headers: Any) -> Message:
    """A persistent message with stored ``properties``; ``headers`` are added (``_`` stands for ``-``).

    What a property cannot hold, such as a uid of 300 characters as correlation id, is shortened: the
    envelope keeps it, and a message that can never be sent would be a dead letter.
    """
    stamp = properties.get("timestamp")
    own = {key: _decode(value) for key, value in dict(properties.get("headers") or {}).items()}
    added = {key.replace("_", "-"): value for key, value in headers.items()}
    return Message(
        body,
        headers={**own, **added},
        timestamp=datetime.fromtimestamp(stamp, UTC) if stamp is not None else None,
        delivery_mode=DeliveryMode.PERSISTENT,
        **{name: _held(_decode(properties[name])) for name in _PLAIN if properties.get(name) is not None},
    )


def _held(value: Any) -> Any:
    return short_string(value) if isinstance(value, str) else value


def _encode(value: Any) -> Any:  # noqa: PLR0911  # one line per type
    """As JSON that comes back equal: jsonb holds no NUL, no infinity, and turns 1e22 into an integer."""
    match value:
        case str() if "\x00" in value:
            return {"$text": base64.b64encode(value.encode()).decode()}
        case float():
            return {"$float": repr(value)}
        case bytes() | bytearray():
            return {"$bytes": base64.b64encode(value).decode()}
        case datetime():
            return {"$time": value.isoformat()}
        case Decimal():
            return {"$decimal": str(value)}
        case dict():
            return {"$table": {str(key): _encode(item) for key, item in value.items()}}
        case list() | tuple():
            return [_encode(item) for item in value]
        case _:
            return value


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return [_decode(item) for item in value]
    if isinstance(value, dict):
        ((kind, written),) = value.items()
        return _READERS[kind](written)
    return value


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "$text": lambda text: base64.b64decode(text).decode(),
    "$float": float,
    # pamqp sends bytearrays; of bytes it says that it does not know the type.
    "$bytes": lambda text: bytearray(base64.b64decode(text)),
    "$time": datetime.fromisoformat,
    "$decimal": Decimal,
    "$table": lambda table: {key: _decode(item) for key, item in table.items()},
}

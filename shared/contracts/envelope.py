"""The CloudEvents 1.0 envelope, structured JSON, written around the raw body."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Self

import orjson
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from shared.contracts.ids import MAX_LENGTH
from shared.contracts.lenient import YEARS
from shared.contracts.wire import MAX_DEPTH, MalformedJsonError, parse_json


def _storable(value: datetime) -> datetime:
    """An instant that AMQP and PostgreSQL hold and Python reads back: it can be told in UTC."""
    try:
        year = value.astimezone(UTC).year
    except OverflowError:
        year = 0
    if year not in YEARS:
        raise ValueError(f"must lie between the years {YEARS.start} and {YEARS.stop - 1}, in UTC")
    return value


class Attributes(BaseModel):
    """What an envelope says about its data. Unknown extension attributes are ignored.

    ``time``: aware, between 1970 and 9998 in UTC.
    ``subject``: the thing it is about, such as a booking's uid. ``correlationid``: the phone call or
    business case it belongs to. ``causationid``: id of the event that caused it. ``traceparent``: W3C.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: str = Field(default="1.0", pattern=r"^1\.0$")
    id: str = Field(min_length=1, max_length=MAX_LENGTH, pattern=r"^[\x21-\x7e]+$")
    source: str = Field(min_length=1, max_length=512)
    type: str = Field(min_length=1, max_length=MAX_LENGTH, pattern=r"^[a-z0-9_.\-]+$")
    time: Annotated[AwareDatetime, AfterValidator(_storable)]
    subject: str | None = Field(default=None, max_length=1024)
    companyid: str | None = Field(default=None, max_length=MAX_LENGTH)
    correlationid: str | None = Field(default=None, max_length=512)
    causationid: str | None = Field(default=None, max_length=MAX_LENGTH)
    traceparent: str | None = Field(default=None, max_length=256)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event as it travels: ``attributes``, the parsed ``data`` and the envelope's own bytes ``raw``."""

    attributes: Attributes
    data: Any
    raw: bytes

    @classmethod
    def around(cls, attributes: Attributes, body: bytes, data: Any) -> Self:
        """Write the envelope around ``body``, whose bytes are kept; ``data`` is its parsed value."""
        return cls(attributes, data, _head(attributes) + body + b"}")

    @classmethod
    def of(cls, attributes: Attributes, data: dict[str, Any]) -> Self:
        """An envelope of our own ``data`` (already plain JSON values)."""
        return cls.around(attributes, orjson.dumps(data), data)

    @property
    def document(self) -> dict[str, Any]:
        """The whole of it as JSON values: the event log's copy for search, whoever writes it."""
        return {**self.attributes.model_dump(mode="json", exclude_none=True), "data": self.data}

    @property
    def id(self) -> str:
        """The event's id; also the AMQP ``message_id``."""
        return self.attributes.id

    @property
    def type(self) -> str:
        """The event's type; also the routing key."""
        return self.attributes.type


@dataclass(frozen=True, slots=True)
class Unparsable:
    """Bytes that are no envelope, and why: a poison message."""

    raw: bytes
    reason: str


def parse_envelope(raw: bytes) -> Envelope | Unparsable:
    """The envelope in ``raw``; never raises, so that the edge can file what it cannot read."""
    try:
        # The envelope adds one level to what ingest accepted as data.
        document = parse_json(raw, max_depth=MAX_DEPTH + 1)
        attributes = Attributes.model_validate(document)
    except MalformedJsonError as error:
        return Unparsable(raw, f"not JSON: {error}")
    except ValidationError as error:
        return Unparsable(raw, f"not a CloudEvents envelope: {_first(error)}")
    if "data" not in document:
        return Unparsable(raw, "not a CloudEvents envelope: data is missing")
    return Envelope(attributes, document["data"], raw)


def now() -> datetime:
    """The current instant, UTC."""
    return datetime.now(UTC)


def _head(attributes: Attributes) -> bytes:
    head = orjson.dumps(attributes.model_dump(mode="json", exclude_none=True))
    return head[:-1] + b',"datacontenttype":"application/json","data":'


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'document'}: {first['msg']}"

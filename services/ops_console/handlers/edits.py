"""A person's correction of a dead letter → a new event, caused by the old one."""

from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from services.ops_console.handlers.event_log import entry_of_envelope
from services.ops_console.store.dead_letters import Story
from services.ops_console.store.event_log import Entry
from services.ops_console.store.refusals import NotPossibleError, NotSoundError
from shared.contracts.envelope import Attributes, Envelope, Unparsable, now, parse_envelope
from shared.contracts.ids import digest, event_id
from shared.db.tables import Delivery
from shared.observability.context import traceparent


class Stories(Protocol):
    """Where dead letters are read."""

    async def show(self, letter_id: int) -> Story:
        """Raises NotThereError."""
        ...


class Replacements(Protocol):
    """Where decisions are written."""

    async def replace(
        self, letter_id: int, entry: Entry, envelope: Envelope, *, by: str, reason: str
    ) -> None:
        """Raises NotPossibleError where it is not dead any more."""
        ...


@dataclass(frozen=True, slots=True)
class EditDeadLetter:
    """The same correction twice is the same event: its id comes from the old id and the new data."""

    stories: Stories
    replacements: Replacements

    async def __call__(self, letter_id: int, data: Any, type: str | None, *, by: str, reason: str) -> str:  # noqa: A002  # the envelope's word
        """Returns the new event's id.

        Raises:
            NotThereError, NotPossibleError, NotSoundError: with what to do next.
        """
        old = (await self.stories.show(letter_id)).delivery
        if old.body is None:
            raise NotPossibleError(f"{letter_id} is {old.state}: nothing is kept that could be edited.")
        envelope = _envelope(old, old.body, data, type)
        entry = entry_of_envelope(envelope, envelope.id, envelope.type, only_queue=old.queue)
        await self.replacements.replace(letter_id, entry, envelope, by=by, reason=reason)
        return envelope.id


def _envelope(old: Delivery, body: bytes, data: Any, event_type: str | None) -> Envelope:
    raw = orjson.dumps(data)
    fresh = {"id": event_id("edited", old.event_id, digest(raw)[:16]), "causationid": old.event_id}
    match parse_envelope(body):
        case Envelope(attributes=attributes):
            changes = fresh | {"time": now(), "traceparent": traceparent()}
            return Envelope.around(attributes.model_copy(update=changes), raw, data)
        case Unparsable():
            if event_type is None:
                raise NotSoundError("The old message is no event: say of which type the new one is (--type).")
            return Envelope.around(_attributes(old, event_type, fresh), raw, data)


def _attributes(old: Delivery, event_type: str, fresh: dict[str, str]) -> Attributes:
    try:
        return Attributes(
            source="askpro/ops_console",
            type=event_type,
            time=now(),
            companyid=old.company_id,
            correlationid=old.correlation_id,
            traceparent=traceparent(),
            **fresh,
        )
    except ValueError as error:
        raise NotSoundError(f"{event_type!r} is no type of an event: small letters, digits, dots.") from error

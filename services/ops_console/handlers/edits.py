"""A person's correction of a dead letter → a new event, caused by the old one."""

import json
from dataclasses import dataclass
from typing import Any, Protocol

from services.ops_console.handlers.event_log import entry_of_envelope
from services.ops_console.handlers.patches import HiddenPartMovedError, merge_patch, uncovered
from services.ops_console.store.dead_letters import Story
from services.ops_console.store.event_log import Entry
from services.ops_console.store.refusals import NotPossibleError, NotSoundError
from shared.contracts.envelope import Attributes, Envelope, Unparsable, now, parse_envelope
from shared.contracts.ids import digest, event_id
from shared.db.tables import Delivery
from shared.observability.context import traceparent
from shared.observability.redaction import REDACTED


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
class Edit:
    """``patch`` None: ``data`` replaces the old data; ``type`` only where the old message was no event."""

    data: Any
    patch: dict[str, Any] | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class EditDeadLetter:
    """The same correction twice is the same event: its id comes from the old id and the new data."""

    stories: Stories
    replacements: Replacements

    async def __call__(self, letter_id: int, edit: Edit, *, by: str, reason: str) -> str:
        """Returns the new event's id.

        Raises:
            NotThereError, NotPossibleError, NotSoundError: with what to do next.
        """
        old = (await self.stories.show(letter_id)).delivery
        if old.body is None:
            raise NotPossibleError(f"{letter_id} is {old.state}: nothing is kept that could be edited.")
        envelope = _envelope(old, old.body, edit)
        entry = entry_of_envelope(envelope, envelope.id, envelope.type, only_queue=old.queue)
        await self.replacements.replace(letter_id, entry, envelope, by=by, reason=reason)
        return envelope.id


def _envelope(old: Delivery, body: bytes, edit: Edit) -> Envelope:
    match parse_envelope(body):
        case Envelope(attributes=attributes, data=before):
            data = _corrected(before, edit)
        case Unparsable():
            if edit.type is None or edit.patch is not None:
                raise NotSoundError(
                    "The old message is no event: give the whole data, and its type (--type)."
                )
            attributes, data = _attributes(old, edit.type), edit.data
    # Not orjson: Node's lone surrogates, legal in JSON, must survive a correction of another field.
    raw = json.dumps(data, ensure_ascii=True, default=str).encode()
    fresh = {"id": event_id("edited", old.event_id, digest(raw)[:16]), "causationid": old.event_id}
    changes = fresh | {"time": now(), "traceparent": traceparent()}
    return Envelope.around(attributes.model_copy(update=changes), raw, data)


def _corrected(before: Any, edit: Edit) -> Any:
    try:
        return uncovered(edit.data if edit.patch is None else merge_patch(before, edit.patch), before)
    except HiddenPartMovedError as error:
        raise NotSoundError(
            f"{REDACTED} stands for something that is not shown; it can stay where it is, or be replaced."
        ) from error


def _attributes(old: Delivery, event_type: str) -> Attributes:
    try:
        return Attributes(
            source="askpro/ops_console",
            type=event_type,
            time=now(),
            companyid=old.company_id,
            correlationid=old.correlation_id,
            id=old.event_id,
        )
    except ValueError as error:
        raise NotSoundError(f"{event_type!r} is no type of an event: small letters, digits, dots.") from error

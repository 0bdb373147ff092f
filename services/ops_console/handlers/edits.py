"""A person's correction of a dead letter → a new event, caused by the old one."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from services.ops_console.handlers.corrections import Sight, differences
from services.ops_console.handlers.diffs import Line, unified
from services.ops_console.handlers.event_log import entry_of_envelope
from services.ops_console.handlers.json_patch import Operation, PatchError, operations_of, same
from services.ops_console.handlers.masking import MASK, visible
from services.ops_console.handlers.patches import merge_patch
from services.ops_console.store.dead_letters import Story
from services.ops_console.store.differences import changes, leaves
from services.ops_console.store.edits import Replacement
from services.ops_console.store.refusals import BreaksContractError, NotPossibleError, NotSoundError
from shared.contracts.envelope import Attributes, Envelope, Unparsable, now, parse_envelope
from shared.contracts.ids import digest, event_id
from shared.contracts.soundness import Fault, faults_of, is_known
from shared.contracts.wire import MAX_DEPTH, MalformedJsonError, parse_json, searchable
from shared.db.tables import Delivery
from shared.observability.context import traceparent


class Stories(Protocol):
    """Where dead letters are read."""

    async def show(self, letter_id: int) -> Story:
        """Raises NotThereError."""
        ...


class Replacements(Protocol):
    """Where decisions are written."""

    async def replace(self, replacement: Replacement, *, by: str, reason: str) -> None:
        """Raises NotPossibleError where it is not dead any more."""
        ...


@dataclass(frozen=True, slots=True)
class Edit:
    """``patch``: a JSON Patch (a list) or a merge patch (an object) of the data as it was shown.

    ``patch`` None: ``data`` replaces the data as it was shown; what is hidden in it stays. ``type``: only
    where the old message was no event. ``revealed``: it was shown with personal data.
    """

    data: Any = None
    patch: list[Any] | dict[str, Any] | None = None
    type: str | None = None
    revealed: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be sent. ``sight``: the new data. ``before``: the old as it was shown, None: no event."""

    envelope: Envelope
    sight: Sight
    before: Any
    operations: tuple[Operation, ...]
    is_changed: bool = True

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What breaks the contract of its type."""
        return faults_of(self.envelope.type, self.sight.true)

    @property
    def has_contract(self) -> bool:
        """Whether there is one to break."""
        return is_known(self.envelope.type)

    @property
    def diff(self) -> list[Line]:
        """For people; what is hidden looks the same on both sides."""
        return unified(self.before, self.sight.shown)

    def further(self, edit: Edit) -> tuple[tuple[Operation, ...], Sight]:
        """All operations with those of an ``edit`` of what this left, and the data. Raises NotSoundError."""
        operations, after = _corrected(self.sight, edit)
        if same(self.sight.true, after.true):
            raise NotSoundError("Nothing was changed.")
        return (*self.operations, *operations), after

    def story(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """(before, after) for the audit, which is read by others: without personal data."""
        before, after = changes(self.before, self.sight.shown)
        return _covered(before, self.before), _covered(after, self.sight.shown)


def propose(old: Delivery, edit: Edit) -> Proposal:
    """What ``edit`` makes of a dead letter; nothing is sent.

    Raises:
        NotPossibleError: nothing is kept that could be edited.
        NotSoundError: it does not fit, or reaches for what is hidden.
    """
    if old.body is None:
        raise NotPossibleError(f"{old.id} is {old.state}: nothing is kept that could be edited.")
    match parse_envelope(old.body):
        case Envelope(attributes=attributes, data=before):
            sight = Sight(before, visible(searchable(before), revealed=edit.revealed))
            operations, after = _corrected(sight, edit)
        case Unparsable():
            if edit.type is None or edit.patch is not None:
                raise NotSoundError(
                    "The old message is no event: give the whole data, and its type (--type)."
                )
            attributes = _attributes(old, edit.type)
            sight, operations, after = Sight(None, None), (), Sight(edit.data, edit.data)
    envelope, is_changed = _envelope(old, attributes, after.true), not same(sight.true, after.true)
    return Proposal(envelope, after, sight.shown, operations, is_changed)


@dataclass(frozen=True, slots=True)
class EditDeadLetter:
    """The same correction twice is the same event: its id comes from the old id and the new data."""

    stories: Stories
    replacements: Replacements

    async def propose(self, letter_id: int, edit: Edit) -> Proposal:
        """Raises NotThereError, and what ``propose`` raises."""
        # Off the loop: a recording's transcript has some MiB.
        return await asyncio.to_thread(propose, (await self.stories.show(letter_id)).delivery, edit)

    async def __call__(self, letter_id: int, edit: Edit, *, by: str, reason: str, force: bool = False) -> str:
        """Returns the new event's id. ``force``: although it breaks its contract.

        Raises:
            NotThereError, NotPossibleError, NotSoundError: with what to do next.
            BreaksContractError: with each fault.
        """
        old = (await self.stories.show(letter_id)).delivery
        proposal = await asyncio.to_thread(propose, old, edit)
        require_sendable(proposal, force=force)
        await self.replacements.replace(replacement_of(old, proposal), by=by, reason=reason)
        return proposal.envelope.id


def require_sendable(proposal: Proposal, *, force: bool = False) -> None:
    """Raises NotSoundError where nothing was changed, BreaksContractError where it would only fail again."""
    if not proposal.is_changed:
        raise NotSoundError("Nothing was changed.")
    if proposal.faults and not force:
        raise BreaksContractError(proposal.envelope.type, proposal.faults)


def replacement_of(old: Delivery, proposal: Proposal) -> Replacement:
    """As it is written: the same queue, the same own headers, and what the audit tells."""
    envelope = proposal.envelope
    entry = entry_of_envelope(envelope, envelope.id, envelope.type, only_queue=old.queue)
    before, after = proposal.story()
    return Replacement(old.id, entry, envelope, own_headers_of(old), before, after)


def own_headers_of(old: Delivery) -> dict[str, Any]:
    """The headers that its producer gave it: the copy keeps them."""
    return dict((old.properties or {}).get("headers") or {})


def _covered(changed: Mapping[str, Any], document: Any) -> dict[str, Any]:
    """``changed`` as everybody may read it: that something hidden was changed is told, and not into what."""
    told = dict(leaves(visible(document)))
    return {place: told.get(place, MASK) for place in changed}


def _corrected(sight: Sight, edit: Edit) -> tuple[tuple[Operation, ...], Sight]:
    try:
        operations = _operations(sight, edit)
        return operations, sight.after(operations)
    except PatchError as error:
        raise NotSoundError(f"That does not fit: {error}.") from error


def _operations(sight: Sight, edit: Edit) -> tuple[Operation, ...]:
    match edit.patch:
        case list():
            return operations_of(edit.patch)
        case dict():
            return tuple(differences(sight, merge_patch(sight.shown, edit.patch)))
        case None:
            return tuple(differences(sight, edit.data))


def _envelope(old: Delivery, attributes: Attributes, data: Any) -> Envelope:
    raw = _bytes(data)
    fresh = {"id": event_id("edited", old.event_id, digest(raw)[:16]), "causationid": old.event_id}
    update = fresh | {"time": now(), "traceparent": traceparent()}
    return Envelope.around(attributes.model_copy(update=update), raw, data)


def _bytes(data: Any) -> bytes:
    try:
        # Not orjson: Node's lone surrogates, legal in JSON, must survive a correction of another field.
        raw = json.dumps(data, ensure_ascii=True, default=str).encode()
        parse_json(raw, max_depth=MAX_DEPTH)
    except (MalformedJsonError, RecursionError) as error:
        raise NotSoundError(f"No consumer could read it: {error}.") from error
    return raw


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

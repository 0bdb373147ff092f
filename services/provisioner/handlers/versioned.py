"""An event whose producer does not count versions gets one: the milliseconds of its time."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import ValidationError

from services.provisioner.store import milliseconds
from shared.contracts.envelope import Envelope
from shared.contracts.events import BranchCreated, BranchDeleted, BranchUpdated
from shared.contracts.wire import searchable
from shared.errors import InvalidEventError
from shared.observability.context import bind

EventT = TypeVar("EventT", BranchCreated, BranchUpdated, BranchDeleted)


def versioned(
    model: type[EventT], handler: Callable[[EventT, int], Awaitable[None]]
) -> Callable[[Envelope], Awaitable[None]]:
    """``handler`` as a handler of envelopes: it gets the event and its version."""

    async def run(envelope: Envelope) -> None:
        event = _read(model, envelope)
        bind(branch_id=event.branch_id)
        counted = event.version
        await handler(event, milliseconds(envelope) if counted is None else counted)

    return run


def _read(model: type[EventT], envelope: Envelope) -> EventT:
    try:
        # PostgreSQL holds neither NUL nor lone surrogates, and no name needs them.
        return model.model_validate(searchable(envelope.data))
    except ValidationError as error:
        raise InvalidEventError(f"{envelope.type}: {error}") from error

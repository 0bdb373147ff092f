"""Who may look whether all is well: also while the database, which knows who is who, is away."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, Request

from services.ops_console.handlers.patience import patiently
from services.ops_console.routes.access import Require, address_of, token_of
from services.ops_console.routes.parts import parts_of
from services.ops_console.store.operators import Person
from shared.errors import InfrastructureError
from shared.observability.context import bind

#: A database that answers at all answers sooner; who looks wants to know.
_PATIENCE: Final = 2.0


async def person_or_acquaintance(
    request: Request, shown: str, ask: Callable[[Request], Awaitable[Person]]
) -> Person:
    """Whom ``ask`` finds; while the database is away, who showed the same header or cookie a short while ago.

    Raises:
        InfrastructureError: nobody did. And whatever ``ask`` raises.
    """
    try:
        person = await patiently(ask(request), _PATIENCE)
    except InfrastructureError:
        known = parts_of(request).acquaintances.recall(shown, address_of(request))
        if known is None:
            raise
        person = known
    bind(operator=person.name)
    return person


async def _watcher(request: Request) -> Person:
    shown = request.headers.get("authorization") or token_of(request) or ""
    return await person_or_acquaintance(request, shown, Require("viewer"))


Watcher = Annotated[Person, Depends(_watcher)]

"""What the routes are given by ``app.build``: stores to read, handlers to act, a file for each part of it."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from services.ops_console.routes.parts.bulk import BulkParts
from services.ops_console.routes.parts.editing import EditParts
from services.ops_console.routes.parts.events import EventParts
from services.ops_console.routes.parts.letters import LetterParts
from services.ops_console.routes.parts.overview import OverviewParts
from services.ops_console.routes.parts.people import PeopleParts
from services.ops_console.routes.parts.tenants import TenantParts
from services.ops_console.routes.parts.work import WorkParts


@dataclass(frozen=True)
class Parts(
    LetterParts, EditParts, BulkParts, OverviewParts, EventParts, PeopleParts, TenantParts, WorkParts
):
    """One of each."""


def parts_of(request: Request) -> Parts:
    """Those of this application."""
    return cast("Parts", request.app.state.parts)


Given = Annotated[Parts, Depends(parts_of)]

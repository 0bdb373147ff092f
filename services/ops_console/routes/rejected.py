"""``/api/rejected``: what ingest refused lately, and how it is taken in after all."""

from dataclasses import asdict

from fastapi import APIRouter
from pydantic import AwareDatetime

from services.ops_console.handlers.reingest import reingest_each
from services.ops_console.routes.access import Operator, Viewer
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import Items, Limit
from services.ops_console.routes.shapes_rejected import Reingested, ReingestWish, RejectedPage, RejectedStory
from services.ops_console.routes.views_rejected import rejected_out, rejected_story
from services.ops_console.store.rejected import RejectedFilter

router = APIRouter(prefix="/api/rejected", tags=["rejected requests"])


@router.get("")
async def list_rejected(
    parts: Given,
    _: Viewer,
    company: str | None = None,
    provider: str | None = None,
    status: int | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    *,
    open: bool = False,  # noqa: A002  # the word of the page
    cursor: str | None = None,
    limit: Limit = 50,
) -> RejectedPage:
    """The latest first: a sample, at most 1,000 of each company and day. ``open``: not taken in again yet."""
    chosen = RejectedFilter(company, provider, status, since, until, open)
    found = await parts.rejected.list(chosen, cursor, limit)
    return RejectedPage(items=[rejected_out(row) for row in found.rows], next=found.next)


@router.get("/{request_id}")
async def show_rejected(request_id: str, parts: Given, _: Viewer) -> RejectedStory:
    """Headers and body, without secrets and people."""
    return rejected_story(await parts.rejected.show(request_id))


@router.post("/reingest")
async def reingest_several(wish: ReingestWish, parts: Given, person: Operator) -> Items[Reingested]:
    """One after the other, in the order given; one that stays refused stops no other."""
    became = await reingest_each(parts.reingest, wish.ids, person.name)
    return Items(items=[Reingested(**asdict(one)) for one in became])


@router.post("/{request_id}/reingest")
async def reingest(request_id: str, parts: Given, person: Operator) -> Reingested:
    """Take it in after its cause was mended; twice is once.

    Its own signature must fit one of the secrets of today, at the time of its arrival; what is forged stays
    refused (409, as does what ingest refuses again, with its words).
    """
    return Reingested(id=request_id, event_id=await parts.reingest(request_id, person.name))

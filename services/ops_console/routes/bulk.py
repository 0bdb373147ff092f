"""``/api/operations``: what is done to many dead letters: planned, confirmed, watched, interrupted."""

from fastapi import APIRouter

from services.ops_console.handlers.operations import Deed, State
from services.ops_console.handlers.patience import or_none
from services.ops_console.handlers.planning import obstacles
from services.ops_console.routes.access import Operator, Viewer
from services.ops_console.routes.choosing import chosen
from services.ops_console.routes.parts import Given, Parts
from services.ops_console.routes.shapes import Items, Limit
from services.ops_console.routes.shapes_bulk import (
    DeedWish,
    ItemOut,
    OperationOut,
    OperationStory,
    OperationWish,
)
from services.ops_console.routes.views_bulk import item_out, operation_out, operation_story
from services.ops_console.store.dead_letters import Selection
from services.ops_console.store.operations import Bounds, Plan
from shared.db.tables import Operation

router = APIRouter(prefix="/api/operations", tags=["bulk operations"])


@router.post("", status_code=201)
async def plan_operation(wish: OperationWish, parts: Given, person: Operator) -> OperationStory:
    """Write down what is wanted, with what it would meet. Nothing happens until it is confirmed."""
    return await story(parts, await parts.plan(planned(wish, chosen(wish)), by=person.name))


@router.get("")
async def list_operations(
    parts: Given, _: Viewer, state: State | None = None, before: int | None = None, limit: Limit = 50
) -> Items[OperationOut]:
    """Newest first; ``before``: the lowest id so far."""
    rows = await parts.operations.list(state, limit, before)
    return Items(items=[operation_out(row) for row in rows])


@router.get("/{operation_id}")
async def show_operation(operation_id: int, parts: Given, _: Viewer) -> OperationStory:
    """How far it is."""
    return await story(parts, await parts.operations.show(operation_id))


@router.get("/{operation_id}/items")
async def list_letters(
    operation_id: int,
    parts: Given,
    _: Viewer,
    state: str | None = None,
    after: int = 0,
    limit: Limit = 50,
) -> Items[ItemOut]:
    """What became of each letter, in their order; ``after``: the highest place so far."""
    await parts.operations.show(operation_id)
    rows = await parts.operations.items(operation_id, state, limit, after)
    return Items(items=[item_out(row) for row in rows])


@router.post("/{operation_id}/{deed}")
async def decide(
    operation_id: int, deed: Deed, wish: DeedWish, parts: Given, person: Operator
) -> OperationStory:
    """``confirm`` freezes the selection and begins; ``pause``, ``resume``, ``cancel`` keep what was sent."""
    bounds = Bounds(wish.rate, wish.threshold, wish.minimum)
    row = await parts.decide(operation_id, deed, by=person.name, reason=wish.reason, bounds=bounds)
    return await story(parts, row)


async def story(parts: Parts, row: Operation) -> OperationStory:
    """With what is in its way at this moment, where somebody can tell."""
    circuits = await parts.preflight.open_circuits()
    depths = await or_none(parts.depths.read())
    return operation_story(row, obstacles(row.counts.get("queues", {}), circuits, depths))


def planned(wish: OperationWish, selection: Selection) -> Plan:
    """What ``wish`` wants done to the letters of ``selection``."""
    return Plan(
        kind=wish.kind,
        name=wish.name or _named(wish),
        selection=selection,
        rate=wish.rate,
        threshold=wish.threshold,
        minimum=wish.minimum,
        reason=wish.reason,
        patch=wish.patch,
    )


def _named(wish: OperationWish) -> str:
    texts = [f"“{text}”" for text in (wish.error, wish.search) if text]
    said = (wish.group, wish.queue, wish.type, wish.company_id, wish.dead_reason, *texts)
    about = ", ".join(part for part in said if part)
    return (about or ("chosen letters" if wish.ids else "all dead letters"))[:120]

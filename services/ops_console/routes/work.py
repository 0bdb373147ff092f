"""``/api/work``: what people have to do, and the one action that closes it."""

from typing import Literal

from fastapi import APIRouter

from services.ops_console.routes.access import Operator, Viewer
from services.ops_console.routes.parts import Given
from services.ops_console.routes.records import record
from services.ops_console.routes.shapes import Limit
from services.ops_console.routes.shapes_work import Closed, CloseWish, TaskOut, Walked
from services.ops_console.store.closing import Closing
from services.ops_console.store.operators import Person
from services.ops_console.store.walks import Row
from services.ops_console.store.work import WantedWork

router = APIRouter(prefix="/api/work", tags=["work"])


@router.get("")
async def list_work(
    parts: Given,
    person: Viewer,
    company: str | None = None,
    branch: str | None = None,
    kind: Literal["callback", "wish", "promise"] | None = None,
    cursor: str | None = None,
    limit: Limit = 50,
) -> Walked[TaskOut]:
    """Urgent ones first, then those that wait longest."""
    page = await parts.work.page(WantedWork(company, branch, kind), cursor, limit)
    return Walked(items=[task_out(row, person) for row in page.rows], next=page.next)


@router.post("/{item:path}/close")
async def close(item: str, wish: CloseWish, parts: Given, person: Operator) -> Closed:
    """Once: who comes second gets 409 and hears who was first. An open wish is not booked any more."""
    return Closed(id=await parts.tasks.close(item, Closing(wish.outcome, person.name, wish.note)))


@router.post("/{task}/reopen")
async def reopen(task: str, parts: Given, person: Operator) -> Closed:
    """It was closed by mistake: it waits again. A wish is then a task for people alone."""
    await parts.tasks.reopen(task, by=person.name)
    return Closed(id=task)


def task_out(row: Row, person: Person) -> TaskOut:
    """As this person may see it."""
    return TaskOut.model_validate(record(row, row["id"], person))

"""``/work``: what people have to do, closed with one action; ``/callbacks``: what was done."""

from typing import Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.ops_console.routes.parts import Given
from services.ops_console.routes.records import record
from services.ops_console.routes.views import columns
from services.ops_console.routes.web.listing import listing
from services.ops_console.routes.web.rendering import back_to, render
from services.ops_console.routes.web.visitors import ByOperator, Visitor
from services.ops_console.routes.web.walking import PAGE, Field
from services.ops_console.routes.web.words import Language, Words, language_of
from services.ops_console.routes.work import task_out
from services.ops_console.store.closing import Closing, Outcome
from services.ops_console.store.refusals import NotSoundError
from services.ops_console.store.work import Kind, WantedWork
from shared.db.tables import BranchCheck

router = APIRouter(include_in_schema=False)
_KINDS = ("callback", "wish", "promise")
_CLOSED = (
    "created_at", "company_id", "state", "urgency", "kind", "customer_name", "phone", "reason", "outcome",
    "closed_by", "closed_note",
)  # fmt: skip
#: Those that a person can do something about now; the page of each tells the rest.
_RED = 20


@router.get("/work")
async def work(
    request: Request,
    parts: Given,
    person: Visitor,
    company: str = "",
    branch: str = "",
    kind: str = "",
    cursor: str = "",
    closed: str = "",
) -> Response:
    """Urgent ones first, then those that wait longest; above them the branches that do not answer."""
    wanted = WantedWork(company or None, branch or None, _kind(kind))
    page = await parts.work.page(wanted, cursor or None, PAGE)
    fields = (
        Field("company", "company_id", company),
        Field("branch", "branch_id", branch),
        Field("kind", "kind", kind, choices=tuple(f"task.{one}" for one in _KINDS)),
    )
    red = [_red(row, language_of(request)) for row in await parts.lights.red(company or None, _RED)]
    tasks = [task_out(row, person) for row in page.rows]
    shown: dict[str, Any] = {"tasks": tasks, "page": {"next": page.next, "previous": None, "reached": None}}
    return render(request, "work.html", person, fields=fields, red=red, closed=closed, **shown)


@router.post("/work/close")
async def close(parts: Given, form: ByOperator) -> Response:
    """Who comes second is told who was first."""
    outcome = _outcome(form.text("outcome"))
    said = form.text("note")[:500] or None
    task = await parts.tasks.close(form.text("item"), Closing(outcome, form.person.name, said))
    return RedirectResponse(f"/work?{urlencode({'notice': 'task_closed', 'closed': task})}", 303)


@router.post("/work/reopen")
async def reopen(parts: Given, form: ByOperator) -> Response:
    """It waits again."""
    await parts.tasks.reopen(form.text("task"), by=form.person.name)
    return back_to("/work", "task_reopened")


@router.get("/callbacks")
async def callbacks(request: Request, parts: Given, person: Visitor, company: str = "") -> Response:
    """Tasks, open and closed, the latest first."""
    found = await parts.records.callbacks(company or None, PAGE)
    words = Words(language_of(request))
    rows = [record(columns(row), row.id, person) for row in found]
    for row in rows:
        row |= {"kind": words(f"task.{row['kind']}"), "state": f"task.{row['state']}"}
        row["outcome"] = row["outcome"] and words(f"outcome.{row['outcome']}")
    return listing(request, person, "callbacks", _CLOSED, rows, filters={"company": company})


def _kind(text: str) -> Kind | None:
    name = text.removeprefix("task.")
    return name if name in _KINDS else None  # type: ignore[return-value]  # one of them


def _outcome(text: str) -> Outcome:
    if text not in get_args(Outcome):
        raise NotSoundError("Say how it ended: done, not_reached or discarded.")
    return text  # type: ignore[return-value]  # one of them


def _red(row: BranchCheck, language: Language) -> dict[str, Any]:
    return {
        "company_id": row.company_id,
        "branch_id": row.branch_id,
        "checked_at": row.checked_at,
        "found": row.found_de if language == "de" else row.found_en,
    }

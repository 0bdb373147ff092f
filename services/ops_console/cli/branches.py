"""``askpro branches``."""

from typing import Annotated, Any

import typer

from services.ops_console.cli.checking import check
from services.ops_console.cli.environment import console
from services.ops_console.cli.files import read_object
from services.ops_console.cli.notices import notice
from services.ops_console.cli.output import Json, print_fields, print_json, print_page, say, screen, table_of

app = typer.Typer(no_args_is_help=True, help="Branches: each gets a voice agent.")
_COLUMNS = ("id", "company_id", "name", "status", "phone_number", "version", "reached_version", "updated_at")
_FIELDS = (*_COLUMNS, "language", "timezone", "agent_id", "deleted_at")
_STEPS = ("step", "state", "attempt", "duration_seconds", "error", "updated_at")

Company = Annotated[str | None, typer.Option("--company", help="The company's id.")]
BranchId = Annotated[str, typer.Argument(help="The branch's id.")]
File = Annotated[str | None, typer.Argument(help="The whole branch as JSON; - is standard input.")]


@app.command("add")
def add(
    file: File = None,
    company: Company = None,
    branch_id: Annotated[str | None, typer.Option("--id", help="Made up if not given.")] = None,
    name: Annotated[str | None, typer.Option(help="The branch's name.")] = None,
    language: Annotated[str | None, typer.Option(help="Such as de-DE.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Such as Europe/Berlin.")] = None,
    phone_number: Annotated[str | None, typer.Option(help="E.164, such as +4989123456.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Add a branch from a file, from options, or from both; its voice agent follows by itself."""
    said = {
        "company_id": company,
        "branch_id": branch_id,
        "name": name,
        "language": language,
        "timezone": timezone,
        "phone_number": phone_number,
    }
    branch = _branch(file, said)
    _tell(console().post("branches", body=branch), "is entered", as_json=as_json)


@app.command("update")
def update(file: File = None, company: Company = None, *, as_json: Json = False) -> None:
    """Replace a branch by the one in the file."""
    branch = _branch(file, {"company_id": company})
    if "branch_id" not in branch:
        raise typer.BadParameter("branch_id is missing", param_hint="FILE")
    path = ("companies", branch["company_id"], "branches", branch["branch_id"])
    _tell(console().put(*path, body=branch), "is changed", as_json=as_json)


@app.command("list")
def list_(
    company: Company = None,
    text: Annotated[str | None, typer.Option(help="Part of a name, an id or a number.")] = None,
    cursor: Annotated[str | None, typer.Option(help="Go on from there: as the page before said.")] = None,
    limit: Annotated[int, typer.Option(help="At most.")] = 200,
    *,
    deleted: Annotated[bool, typer.Option("--deleted", help="Those that were given up too.")] = False,
    as_json: Json = False,
) -> None:
    """Branches by company and name, each with what its last check found."""
    asked = {"company": company, "text": text, "cursor": cursor, "deleted": deleted}
    print_page(console().get("branches", **asked, limit=limit), (*_COLUMNS, "light"), as_json=as_json)


@app.command("show")
def show(branch_id: BranchId, company: Company = None, *, as_json: Json = False) -> None:
    """One branch and the story of its provisioning."""
    branch = console().get("branches", branch_id, company=company)
    if as_json:
        print_json(branch)
        return
    print_fields(branch, _FIELDS)
    if branch["steps"]:
        screen().print(table_of(branch["steps"], _STEPS))


app.command("check")(check)
app.command("notice")(notice)


@app.command("retry")
def retry(
    branch_id: BranchId,
    company: Company = None,
    step: Annotated[str | None, typer.Option(help="This step alone, such as number.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Provision it again: all of it under a new version, or one step and what waits for it."""
    steps = () if step is None else ("steps", step)
    answer = console().post(*_path(branch_id, company), *steps, "retry")
    _tell(answer, "is being provisioned again", as_json=as_json)


@app.command("move-number")
def move_number(
    number: Annotated[str, typer.Argument(help="E.164, such as +4989123456.")],
    to: Annotated[str, typer.Option("--to", help="The branch that gets it.")],
    company: Company = None,
    *,
    as_json: Json = False,
) -> None:
    """Let another branch answer a number: both change at once, and no call finds nobody for long."""
    _, company_id, _, branch_id = _path(to, company)
    answer = console().post("companies", company_id, "numbers", number, "move", body={"to": branch_id})
    _tell(answer, f"gets {number}", as_json=as_json)


@app.command("delete")
def delete(
    branch_id: BranchId,
    company: Company = None,
    *,
    release_number: Annotated[
        bool, typer.Option("--release-number", help="Its number leaves Retell too; a bought one is gone.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Give it up: its agent goes, its number is free."""
    asked = {"release_number": True} if release_number else {}
    _tell(console().delete(*_path(branch_id, company), **asked), "is being given up", as_json=as_json)


def _branch(file: str | None, said: dict[str, Any]) -> dict[str, Any]:
    branch = read_object(file) if file else {}
    if "id" in branch and "branch_id" not in branch:
        branch["branch_id"] = branch.pop("id")
    branch |= {name: value for name, value in said.items() if value is not None}
    branch.pop("version", None)
    if "company_id" not in branch:
        raise typer.BadParameter("say whose branch it is", param_hint="--company")
    if "name" not in branch:
        raise typer.BadParameter("say its name, or give a file that holds the branch", param_hint="FILE")
    return branch


def _path(branch_id: str, company: str | None) -> tuple[str, str, str, str]:
    found = console().get("branches", branch_id, company=company) if company is None else None
    return ("companies", found["company_id"] if found else str(company), "branches", branch_id)


def _tell(answer: dict[str, Any], what: str, *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        say(f"{answer['id']} of {answer['company_id']} {what} (version {answer['version']}).")

"""``askpro dead-letters edit``, ``draft``, ``undo``, ``send``, ``reveal``."""

import sys
from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from services.ops_console.cli.asking import Yes, confirm, reasoned
from services.ops_console.cli.editing import correction, edited, from_file
from services.ops_console.cli.environment import console
from services.ops_console.cli.output import Json, cell, complain, print_json, say
from services.ops_console.cli.patching import patch as patch_many

_COLOURS: Final[Mapping[str, str]] = {"gone": "red", "came": "green", "place": "dim"}

LetterId = Annotated[int, typer.Argument(help="Its id.")]
Reason = Annotated[str, typer.Option(help="Why; kept with your name.")]
Force = Annotated[bool, typer.Option("--force", help="Although it breaks its contract; for admins.")]


def add_to(app: typer.Typer) -> None:
    """The commands, beside the others about dead letters."""
    app.command("edit")(edit)
    app.command("draft")(draft)
    app.command("undo")(undo)
    app.command("send")(send)
    app.command("reveal")(reveal)
    app.command("patch")(patch_many)


def edit(
    letter_id: LetterId,
    reason: Reason = "",
    sets: Annotated[
        list[str] | None, typer.Option("--set", help="PATH=VALUE in the event's data, such as start=…")
    ] = None,
    unsets: Annotated[list[str] | None, typer.Option("--unset", help="PATH that goes away.")] = None,
    data: Annotated[
        str | None, typer.Option(help="A file with the whole new data; - is standard input.")
    ] = None,
    patch: Annotated[str | None, typer.Option(help="A file with a JSON Patch; - is standard input.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="Only where the old one was no event.")] = None,
    *,
    check: Annotated[bool, typer.Option("--check", help="Only tell what it would change.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep it as a draft; see undo and send.")] = False,
    force: Force = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Send a corrected copy to that queue; the old one is discarded. Without options: $EDITOR."""
    is_sent = not (check or keep)
    if is_sent and not reason.strip():
        raise typer.BadParameter("say why", param_hint="--reason")
    wish = _wish(letter_id, sets or [], unsets or [], data, patch, whole=not keep)
    wish |= {"type": type_} if type_ else {}
    if not is_sent:
        _show(console().post("dead-letters", letter_id, "edit", "check" if check else "steps", body=wish),
              as_json=as_json)  # fmt: skip
        return
    if sys.stdin.isatty() and not yes:
        _show(console().post("dead-letters", letter_id, "edit", "check", body=wish), as_json=False)
        confirm("Send it?", yes=yes)
    answer = console().post(
        "dead-letters", letter_id, "edit", body={**wish, "reason": reason, "force": force}
    )
    _tell(answer, as_json=as_json)


def draft(letter_id: LetterId, *, as_json: Json = False) -> None:
    """What your draft of it has come to; exit code 1 where it breaks its contract."""
    _show(console().get("dead-letters", letter_id, "edit"), as_json=as_json)


def undo(
    letter_id: LetterId,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Back to the beginning.")] = False,
    as_json: Json = False,
) -> None:
    """Take back the last step of your draft; nothing was sent."""
    query = {"everything": "true"} if everything else {}
    answer = console().delete("dead-letters", letter_id, "edit", "steps", **query)
    if as_json:
        print_json(answer)
    else:
        say(f"{letter_id} is back at step {answer['step']}.")


def send(letter_id: LetterId, reason: Reason = "", *, force: Force = False, as_json: Json = False) -> None:
    """Send what your draft has come to."""
    reasoned(reason)
    body = {"reason": reason, "force": force}
    _tell(console().post("dead-letters", letter_id, "edit", "send", body=body), as_json=as_json)


def reveal(letter_id: LetterId, reason: Reason = "") -> None:
    """Its story with personal data, as JSON; that you looked stands in the audit."""
    reasoned(reason)
    print_json(console().post("dead-letters", letter_id, "reveal", body={"reason": reason}))


def _wish(
    letter_id: int, sets: list[str], unsets: list[str], data: str | None, patch: str | None, *, whole: bool
) -> dict[str, Any]:
    """``whole``: of the data as it came; else of what the draft has made of it."""
    if data is not None or patch is not None:
        return from_file(data, patch)
    shown = console().get("dead-letters", letter_id, "edit")["before" if whole else "after"]
    return {"patch": correction(shown, sets, unsets)} if sets or unsets else edited(shown)


def _show(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        for line in answer["diff"]:
            colour = _COLOURS.get(line["kind"])
            say(f"[{colour}]{cell(line['text'])}[/]" if colour else cell(line["text"]))
        for fault in answer["faults"]:
            complain(f"{fault['field'] or 'data'}: {fault['message']}")
    if answer["faults"]:
        raise typer.Exit(1)


def _tell(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        say(f"{answer['id']} is replaced by {cell(answer['event_id'])}.")

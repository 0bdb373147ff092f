"""``askpro webhooks send``: a payload file, signed as its provider would sign it, to ingest."""

import base64
import json
from typing import Annotated, Literal

import typer

from services.ops_console.cli.environment import console, settings
from services.ops_console.cli.files import read_bytes
from services.ops_console.cli.output import Json, cell, complain, print_json, say
from shared.clients.console import Answer, ConsoleError, post_bytes
from shared.contracts.names import CLOUDEVENTS_JSON

app = typer.Typer(no_args_is_help=True, help="Webhooks, as providers send them.")
Provider = Literal["calcom", "retell", "stripe", "events"]


@app.callback()
def webhooks() -> None:
    """Webhooks, as providers send them."""


@app.command("send")
def send(
    provider: Annotated[Provider, typer.Argument(help="Who it should seem to come from.")],
    file: Annotated[str, typer.Argument(help="The payload; - is standard input.")],
    company: Annotated[str | None, typer.Option("--company", help="The company's id.")] = None,
    url: Annotated[str | None, typer.Option(help="Base address of ingest, if not INGEST_URL.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Sign the file's bytes and post them; exit code 0 on 2xx, 1 otherwise."""
    if company is None and provider in {"calcom", "retell"}:
        raise typer.BadParameter("say for which company", param_hint="--company")
    raw = read_bytes(file)
    wish = {"provider": provider, "body": base64.b64encode(raw).decode()}
    signed = console().post("companies", company or "platform", "webhook-signature", body=wish)
    kind = CLOUDEVENTS_JSON if provider == "events" else "application/json"
    answer = post_bytes(_target(signed, url), raw, {**signed["headers"], "Content-Type": kind})
    _tell(answer, as_json=as_json)
    if not answer.accepted:
        raise typer.Exit(1)


def _target(signed: dict[str, str | None], url: str | None) -> str:
    base = url or settings().ingest_url
    if base:
        return base.rstrip("/") + str(signed["path"])
    if signed["url"] is None:
        raise ConsoleError("Where is ingest? Set INGEST_URL, or say --url.")
    return signed["url"]


def _tell(answer: Answer, *, as_json: bool) -> None:
    fields = _fields(answer.body)
    if as_json:
        print_json({**fields, "status": answer.status})
    elif answer.accepted:
        say(f"{answer.status}  {cell(fields.get('event_id') or answer.body)}")
    else:
        complain(f"{answer.status}  {fields.get('detail') or answer.body}")


def _fields(body: str) -> dict[str, object]:
    try:
        fields = json.loads(body)
    except ValueError:
        return {"answer": body}
    return fields if isinstance(fields, dict) else {"answer": fields}

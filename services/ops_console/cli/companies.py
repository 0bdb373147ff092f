"""``askpro companies``."""

from typing import Annotated, Any

import typer

from services.ops_console.cli.environment import console
from services.ops_console.cli.output import (
    Json,
    complain,
    print_fields,
    print_json,
    print_list,
    print_page,
    say,
)

app = typer.Typer(no_args_is_help=True, help="Companies: the tenants.")
_COLUMNS = ("id", "name", "status", "language", "branches", "created_at")
_FIELDS = (
    "id", "name", "status", "suspend_at", "suspended_at", "language", "notification_email",
    "customer_messages", "stripe_customer_id", "kind", "dpa_signed_on", "secrecy_signed_on",
    "retention_days", "recording", "calcom_region", "branches", "keys",
    "webhook.state", "webhook.checked_at", "webhook.drifts", "webhook.last_drift", "webhook.error",
    "webhook.subscriber_url", "secret_on_its_way",
    "created_at", "updated_at",
)  # fmt: skip

Language = Annotated[str | None, typer.Option(help="Such as de-DE.")]
RetellKey = Annotated[str | None, typer.Option(help="Its key at Retell (with the webhook badge).")]
CalcomKey = Annotated[str | None, typer.Option(help="Its key at Cal.com.")]
CalcomRegion = Annotated[str | None, typer.Option(help="Where its account is: default, or eu (cal.eu).")]
CalcomSecret = Annotated[str | None, typer.Option(help="Signs Cal.com's webhooks; made up if not given.")]
NotifyUrls = Annotated[str | None, typer.Option(help="Chat addresses, separated by commas.")]
Mail = Annotated[str | None, typer.Option(help="Where the company reads its mail.")]
Messages = Annotated[str | None, typer.Option(help="Who tells customers: ours, calcom or both.")]
StripeId = Annotated[str | None, typer.Option(help="cus_…")]
Kind = Annotated[str | None, typer.Option(help="general, or medical: needs both papers.")]
DpaSigned = Annotated[str | None, typer.Option(help="Day of the data-processing agreement; none: withdrawn.")]
SecrecySigned = Annotated[str | None, typer.Option(help="Day of the secrecy undertaking; none: withdrawn.")]
Days = Annotated[int | None, typer.Option(help="For how many days Retell keeps a call.")]
Recording = Annotated[
    str | None, typer.Option(help="off, or consent: agents ask, and keep the calls of those who say yes.")
]
NoCheck = Annotated[
    bool, typer.Option("--no-check", help="Do not ask the providers whether the keys are good.")
]
_WITHDRAWN = "none"
_PAPERS = ("dpa_signed_on", "secrecy_signed_on")


@app.command("add")
def add(
    name: Annotated[str | None, typer.Argument(help="The company's name.")] = None,
    name_option: Annotated[str | None, typer.Option("--name", help="The same.")] = None,
    company_id: Annotated[str | None, typer.Option("--id", help="Made up if not given.")] = None,
    language: Language = None,
    retell_api_key: RetellKey = None,
    calcom_api_key: CalcomKey = None,
    calcom_region: CalcomRegion = None,
    calcom_webhook_secret: CalcomSecret = None,
    notify_urls: NotifyUrls = None,
    notification_email: Mail = None,
    customer_messages: Messages = None,
    stripe_customer_id: StripeId = None,
    kind: Kind = None,
    dpa_signed: DpaSigned = None,
    secrecy_signed: SecrecySigned = None,
    retention_days: Days = None,
    recording: Recording = None,
    *,
    no_check: NoCheck = False,
    as_json: Json = False,
) -> None:
    """Add a company with its keys; they are checked at once, sealed and never shown again."""
    if (name or name_option) is None:
        raise typer.BadParameter("say the company's name", param_hint="NAME")
    fields = {
        "id": company_id, "name": name or name_option,
        "language": language,
        "retell_api_key": retell_api_key,
        "calcom_api_key": calcom_api_key, "calcom_region": calcom_region,
        "calcom_webhook_secret": calcom_webhook_secret,
        "notify_urls": notify_urls, "notification_email": notification_email,
        "customer_messages": customer_messages,
        "stripe_customer_id": stripe_customer_id,
        "kind": kind, "dpa_signed_on": dpa_signed, "secrecy_signed_on": secrecy_signed,
        "retention_days": retention_days, "recording": recording,
        "check": False if no_check else None,
    }  # fmt: skip
    company = console().post("companies", body=_given(fields))
    _tell(company, f"{company['id']} is there.", as_json=as_json)


@app.command("update")
def update(
    company_id: Annotated[str, typer.Argument(help="The company's id.")],
    name: Annotated[str | None, typer.Option(help="Its name.")] = None,
    language: Language = None,
    retell_api_key: RetellKey = None,
    calcom_api_key: CalcomKey = None,
    calcom_region: CalcomRegion = None,
    calcom_webhook_secret: CalcomSecret = None,
    notify_urls: NotifyUrls = None,
    notification_email: Mail = None,
    customer_messages: Messages = None,
    stripe_customer_id: StripeId = None,
    kind: Kind = None,
    dpa_signed: DpaSigned = None,
    secrecy_signed: SecrecySigned = None,
    retention_days: Days = None,
    recording: Recording = None,
    *,
    no_check: NoCheck = False,
    as_json: Json = False,
) -> None:
    """Change what is given; it reaches the agents by itself.

    A new key is checked at once, and closes the circuit that the old one had opened.
    """
    fields = {
        "name": name,
        "language": language,
        "retell_api_key": retell_api_key,
        "calcom_api_key": calcom_api_key, "calcom_region": calcom_region,
        "calcom_webhook_secret": calcom_webhook_secret,
        "notify_urls": notify_urls, "notification_email": notification_email,
        "customer_messages": customer_messages,
        "stripe_customer_id": stripe_customer_id,
        "kind": kind, "dpa_signed_on": dpa_signed, "secrecy_signed_on": secrecy_signed,
        "retention_days": retention_days, "recording": recording,
        "check": False if no_check else None,
    }  # fmt: skip
    company = console().patch("companies", company_id, body=_given(fields))
    _tell(company, f"{company_id} is changed.", as_json=as_json)


@app.command("rotate-secret")
def rotate_secret(
    company_id: Annotated[str, typer.Argument(help="The company's id.")], *, as_json: Json = False
) -> None:
    """A new secret for Cal.com's webhooks. No webhook is refused meanwhile.

    Accepted at once, told to Cal.com after a minute; the one before stays good for an hour.
    """
    company = console().post("companies", company_id, "rotate-secret")
    _tell(company, f"{company_id} has a new secret; Cal.com is told in a minute.", as_json=as_json)


@app.command("check-keys")
def check_keys(
    company_id: Annotated[str, typer.Argument(help="The company's id.")], *, as_json: Json = False
) -> None:
    """Ask its providers whether they take the keys that are stored; exit code 1 where one does not."""
    answer = console().post("companies", company_id, "check-keys")
    print_list(answer, ("id", "ok", "found.en"), as_json=as_json)
    if any(item["ok"] is False for item in answer["items"]):
        raise typer.Exit(1)


@app.command("numbers")
def numbers(
    company_id: Annotated[str, typer.Argument(help="The company's id.")], *, as_json: Json = False
) -> None:
    """The numbers that its branches answer, and who picks up at Retell."""
    answer = console().get("companies", company_id, "numbers")
    print_list(answer, ("id", "branch_id", "bound_agent_id"), as_json=as_json)


@app.command("list")
def list_(
    text: Annotated[str | None, typer.Option(help="Part of a name or an id.")] = None,
    cursor: Annotated[str | None, typer.Option(help="Go on from there: as the page before said.")] = None,
    limit: Annotated[int, typer.Option(help="At most.")] = 200,
    *,
    as_json: Json = False,
) -> None:
    """Companies by name."""
    answer = console().get("companies", text=text, cursor=cursor, limit=limit)
    print_page(answer, _COLUMNS, as_json=as_json)


@app.command("show")
def show(
    company_id: Annotated[str, typer.Argument(help="The company's id.")], *, as_json: Json = False
) -> None:
    """One company, and which of its keys are there."""
    company = console().get("companies", company_id)
    if as_json:
        print_json(company)
    else:
        print_fields(company, _FIELDS)


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in fields.items() if value is not None}
    return given | {name: None for name in _PAPERS if given.get(name) == _WITHDRAWN}


def _tell(company: dict[str, Any], text: str, *, as_json: bool) -> None:
    if as_json:
        print_json(company)
        return
    say(text)
    for warning in company["warnings"]:
        complain(warning)

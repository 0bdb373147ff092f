"""``/companies/{company_id}``: its keys, its webhook, its numbers, its branches, and what can be changed."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.handlers.key_checks import KeyFinding
from services.ops_console.routes.branches import with_lights
from services.ops_console.routes.companies import changed, rotated
from services.ops_console.routes.parts import Given, Parts
from services.ops_console.routes.shapes_tenants import CompanyOut
from services.ops_console.routes.views_tenants import company_out
from services.ops_console.routes.web.entering import given, read
from services.ops_console.routes.web.rendering import back_to, render
from services.ops_console.routes.web.visitors import ByOperator, Visitor
from services.ops_console.routes.web.words import Language, language_of
from services.ops_console.routes.wishes import CompanyFields
from services.ops_console.store.operators import Person
from services.ops_console.store.refusals import NotSoundError
from shared.contracts.calcom import region_of

router = APIRouter(include_in_schema=False)
_COMPANY: Final = "/companies/{company_id}"
_TEXTS: Final = ("name", "language", "notification_email", "stripe_customer_id", "retention_days")
_DAYS: Final = ("dpa_signed_on", "secrecy_signed_on")
_CHOICES: Final = {
    "calcom_region": ("default", "eu"),
    "customer_messages": ("calcom", "ours", "both"),
    "kind": ("general", "medical"),
    "recording": ("off", "consent"),
}
_KEYS: Final = ("retell_api_key", "calcom_api_key", "calcom_webhook_secret", "notify_urls")
#: More are found by the list of branches.
_BRANCHES: Final = 100


@router.get(_COMPANY)
async def company(company_id: str, request: Request, parts: Given, person: Visitor) -> Response:
    """Everything about one tenant."""
    return await _page(request, parts, person, company_id)


@router.post(_COMPANY)
async def change(company_id: str, parts: Given, form: ByOperator) -> Response:
    """What differs from what is there; a new key is checked at its provider first."""
    now = company_out(await parts.companies.show(company_id)).model_dump(mode="json")
    said = given(form, (*_TEXTS, *_DAYS, *_CHOICES, *_KEYS))
    fields = {name: text for name, text in said.items() if text != _text(now.get(name))}
    if not fields:
        raise NotSoundError("Nothing was changed.")
    found = await changed(parts, company_id, read(CompanyFields, fields), by=form.person.name)
    notice = "company_unchecked" if found.warnings else "company_changed"
    return back_to(_address(company_id), notice, company_id)


@router.post(_COMPANY + "/rotate")
async def rotate(company_id: str, parts: Given, form: ByOperator) -> Response:
    """A new secret for Cal.com's webhooks; no webhook is refused meanwhile."""
    await rotated(parts, company_id, by=form.person.name)
    return back_to(_address(company_id), "rotated")


@router.post(_COMPANY + "/check-keys")
async def check_keys(company_id: str, request: Request, parts: Given, form: ByOperator) -> Response:
    """The same page, with what the providers say of the keys."""
    region = region_of((await parts.companies.show(company_id)).company.calcom_region)
    found = await parts.check_stored_keys(company_id, region)
    return await _page(request, parts, form.person, company_id, found)


async def _page(
    request: Request, parts: Parts, person: Person, company_id: str, found: Sequence[KeyFinding] = ()
) -> Response:
    view = company_out(await parts.companies.show(company_id))
    page = await parts.branches.page(company_id, _BRANCHES)
    context: dict[str, Any] = {
        "company": view,
        "keys": _keys(view, found, language_of(request)),
        "branches": [_branch(one.model_dump()) for one in await with_lights(parts, page.rows)],
        "more": page.next is not None,
        "numbers": await parts.numbers.all(company_id),
        "trunks": await parts.trunks.all(company_id),
        "form": {"texts": _TEXTS, "days": _DAYS, "choices": _CHOICES, "keys": _KEYS},
        "address": _address(company_id),
    }
    return render(request, "company.html", person, **context)


def _keys(view: CompanyOut, found: Sequence[KeyFinding], language: Language) -> list[dict[str, Any]]:
    said = {one.field: one for one in found}
    return [
        {
            "name": name,
            "stored": there,
            "light": _LIGHTS[said[name].ok] if name in said else None,
            "found": said[name].found[language] if name in said else None,
        }
        for name, there in view.keys.items()
    ]


_LIGHTS: Final = {True: "green", False: "red", None: "yellow"}


def _branch(row: dict[str, Any]) -> dict[str, Any]:
    address = f"/companies/{quote(row['company_id'])}/branches/{quote(row['id'])}"
    return row | {"link": address, "light": row["light"] or "not_checked"}


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _address(company_id: str) -> str:
    return f"/companies/{quote(company_id)}"

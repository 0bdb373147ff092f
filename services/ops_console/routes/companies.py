"""``/api/companies``."""

import base64
import binascii
from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter

from services.ops_console.handlers.signing import Provider
from services.ops_console.routes.access import Operator, Viewer
from services.ops_console.routes.parts import Given, Parts
from services.ops_console.routes.shapes import Items, Limit
from services.ops_console.routes.shapes_tenants import CompanyOut, KeyOut, NumberOut, Signed
from services.ops_console.routes.shapes_work import Walked
from services.ops_console.routes.views import columns, only
from services.ops_console.routes.views_tenants import company_out
from services.ops_console.routes.wishes import DEFAULT_LOCALE, CompanyFields, NewCompany, Payload
from services.ops_console.store.refusals import NotAllowedError, NotSoundError
from services.ops_console.store.sought import sought
from shared.contracts.branch import Identifier
from shared.contracts.calcom import region_of
from shared.observability.context import bind

router = APIRouter(prefix="/api/companies", tags=["companies"])
_PATHS: Final[dict[Provider, str]] = {
    "calcom": "/webhooks/calcom/{company_id}",
    "retell": "/webhooks/retell/{company_id}",
    "stripe": "/webhooks/stripe",
    "events": "/events",
}
#: Their secrets are the platform's own.
_OF_ALL: Final = frozenset({"stripe", "events"})


@router.get("")
async def list_companies(
    parts: Given, _: Viewer, text: str | None = None, cursor: str | None = None, limit: Limit = 200
) -> Walked[CompanyOut]:
    """Companies by name. ``text``: part of a name or an id."""
    page = await parts.companies.page(sought(text, shortest=1) if text else None, cursor, limit)
    return Walked(items=[company_out(view) for view in page.rows], next=page.next)


@router.post("", status_code=201)
async def add_company(company: NewCompany, parts: Given, person: Operator) -> CompanyOut:
    """Add a company. Its keys are sealed, never shown again; a Cal.com secret is made up if none is given.

    The providers are asked whether its keys are good: a refused one is a 422 that says what to do.
    """
    bind(company_id=company.id)
    given = company.given()
    warnings = await _check(parts, company, given, DEFAULT_LOCALE, "default")
    return company_out(await parts.companies.add(company.id, given, by=person.name), warnings)


@router.get("/{company_id}")
async def show_company(company_id: Identifier, parts: Given, _: Viewer) -> CompanyOut:
    """One company."""
    return company_out(await parts.companies.show(company_id))


@router.patch("/{company_id}")
async def change_company(
    company_id: Identifier, fields: CompanyFields, parts: Given, person: Operator
) -> CompanyOut:
    """Change what is given. A new key is checked as in adding; it closes the circuit that the old one opened.

    So is the key that is there where the company moves to another region of Cal.com.

    A new Cal.com secret is good at once; the one it replaces stays good for what is signed with it already.
    Where Cal.com signs with one, it is told of the new one a minute later.
    """
    bind(company_id=company_id)
    return await changed(parts, company_id, fields, by=person.name)


async def changed(parts: Parts, company_id: str, fields: CompanyFields, *, by: str) -> CompanyOut:
    """Raises NotSoundError: nothing was given, or a provider refused a key; else as ``Companies.change``."""
    given = fields.given()
    if not given:
        raise NotSoundError("Nothing to change was given.")
    now = (await parts.companies.show(company_id)).company
    asked = given
    if _moves(fields, now.calcom_region):
        asked = {"calcom_api_key": await parts.companies.secret(company_id, "calcom_api_key"), **given}
    warnings = await _check(parts, fields, asked, now.language, now.calcom_region)
    view = await parts.companies.change(company_id, given, by=by)
    return company_out(view, warnings)


@router.post("/{company_id}/rotate-secret", status_code=202)
async def rotate_secret(company_id: Identifier, parts: Given, person: Operator) -> CompanyOut:
    """A new webhook secret: accepted at once, told to Cal.com after a minute; the old one lasts an hour."""
    bind(company_id=company_id)
    return await rotated(parts, company_id, by=person.name)


async def rotated(parts: Parts, company_id: str, *, by: str) -> CompanyOut:
    """Raises NotThereError."""
    return company_out(await parts.companies.rotate(company_id, by=by))


@router.post("/{company_id}/check-keys")
async def check_keys(company_id: Identifier, parts: Given, _: Operator) -> Items[KeyOut]:
    """Ask each provider whether it takes the key that is stored."""
    region = region_of((await parts.companies.show(company_id)).company.calcom_region)
    found = await parts.check_stored_keys(company_id, region)
    return Items(items=[KeyOut(id=one.field, ok=one.ok, found=dict(one.found)) for one in found])


@router.get("/{company_id}/numbers")
async def list_numbers(company_id: Identifier, parts: Given, _: Viewer) -> Items[NumberOut]:
    """The numbers that its branches answer."""
    rows = await parts.numbers.all(company_id)
    return Items(items=[NumberOut(id=row.number, **only(NumberOut, columns(row))) for row in rows])


@router.post("/{company_id}/webhook-signature")
async def sign_webhook(
    company_id: Identifier,
    payload: Payload,
    parts: Given,
    person: Operator,
) -> Signed:
    """Sign a payload as the provider would; each use is kept in the audit trail.

    Stripe's and the internal producers' secrets speak for every company: that takes an admin.
    """
    bind(company_id=company_id)
    if payload.provider in _OF_ALL and not person.may("admin"):
        raise NotAllowedError(
            f"To sign as {payload.provider} takes the role admin; {person.name} is {person.role}."
        )
    headers = await parts.sign(payload.provider, company_id, _raw(payload))
    await parts.audit.note(person.name, "webhook.signed", company_id, reason=payload.provider)
    path = _PATHS[payload.provider].format(company_id=company_id)
    return Signed(headers=headers, path=path, url=parts.ingest_url and parts.ingest_url + path)


def _moves(fields: CompanyFields, region: str) -> bool:
    """The key that is there has to be good in another region."""
    return fields.calcom_region not in {None, region}


async def _check(
    parts: Parts, fields: CompanyFields, asked: Mapping[str, str | None], language: str, region: str
) -> tuple[str, ...]:
    """``language`` and ``region``: where the fields say nothing of them."""
    if not fields.check:
        return ()
    return await parts.check_keys(
        asked, fields.language or language, region_of(fields.calcom_region or region)
    )


def _raw(payload: Payload) -> bytes:
    try:
        return base64.b64decode(payload.body, validate=True)
    except binascii.Error as error:
        raise NotSoundError("body is not base64.") from error

"""Companies and branches as a person enters them: lines of text instead of JSON."""

from typing import Any, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from services.ops_console.routes.parts import Given
from services.ops_console.routes.web.rendering import back_to
from services.ops_console.routes.web.visitors import ByOperator, Submitted
from services.ops_console.routes.wishes import DEFAULT_LOCALE, NewBranch, NewCompany
from services.ops_console.store.refusals import NotSoundError

router = APIRouter(include_in_schema=False)
Model = TypeVar("Model", bound=BaseModel)
_COMPANY = (
    "id", "name", "language", "retell_api_key", "calcom_api_key", "calcom_region", "notification_email",
)  # fmt: skip
_BRANCH = (
    "company_id", "branch_id", "name", "language", "timezone", "phone_number", "transfer_number",
    "fallback_number", "booking_notice_minutes", "booking_horizon_days", "cancellation_notice_hours",
)  # fmt: skip
_ADDRESS = ("street", "postal_code", "city")
#: Name, minutes, Cal.com's event type.
_SERVICE = ("name", "duration_minutes", "event_type_id")


@router.post("/companies")
async def add_company(parts: Given, form: ByOperator) -> Response:
    """Its keys are checked, sealed and never shown again."""
    company = read(NewCompany, given(form, _COMPANY))
    said = company.given()
    warnings = await parts.check_keys(
        said, company.language or DEFAULT_LOCALE, company.calcom_region or "default"
    )
    await parts.companies.add(company.id, said, by=form.person.name)
    return back_to("/companies", "entered_unchecked" if warnings else "entered", company.id)


@router.post("/branches")
async def add_branch(parts: Given, form: ByOperator) -> Response:
    """Its voice agent follows by itself."""
    fields: dict[str, Any] = given(form, _BRANCH) | {
        "opening_hours": opening_hours(form.text("opening_hours")),
        "transfer_hours": opening_hours(form.text("transfer_hours")),
        "forwarding_numbers": form.text("forwarding_numbers").replace(",", " ").split(),
        "services": services(form.text("services")),
    }
    if address := given(form, _ADDRESS):
        fields["address"] = address
    branch = read(NewBranch, fields)
    await parts.branches.add(branch, by=form.person.name)
    return back_to("/branches", "entered", branch.branch_id)


def opening_hours(text: str) -> dict[str, str]:
    """``Mo: 09:00-12:00, 13:00-18:00`` per line; the model reads the weekday and the intervals."""
    lines = [line.partition(":") for line in text.splitlines() if line.strip()]
    return {day.strip(): hours.strip() for day, _, hours in lines}


def services(text: str) -> list[dict[str, str]]:
    """``Haarschnitt; 30; 4711`` per line: name, minutes, Cal.com's event type; the last two may miss."""
    rows = [[part.strip() for part in line.split(";")] for line in text.splitlines() if line.strip()]
    return [{name: part for name, part in zip(_SERVICE, row, strict=False) if part} for row in rows]


def given(form: Submitted, names: tuple[str, ...]) -> dict[str, str]:
    """The fields of a form that are filled in."""
    return {name: text for name in names if (text := form.text(name))}


def read(model: type[Model], fields: dict[str, Any]) -> Model:
    """What a form says.

    Raises NotSoundError naming each field that is wrong, without what was entered: it may be a key.
    """
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, one['loc'])) or 'name'}: {one['msg']}" for one in error.errors())
        raise NotSoundError("; ".join(problems)) from None

"""``/api/companies/{company_id}/numbers`` and ``/trunks``: who answers a number, how it gets to Retell."""

from typing import Annotated

from fastapi import APIRouter, Path

from services.ops_console.routes.access import Operator, Viewer
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import Items
from services.ops_console.routes.shapes_tenants import Accepted, TrunkOut
from services.ops_console.routes.wishes import MoveWish, TrunkWish
from shared.contracts.branch import Identifier
from shared.db.tables import SipTrunk
from shared.observability.context import bind

router = APIRouter(prefix="/api/companies/{company_id}", tags=["numbers"])
Address = Annotated[str, Path(min_length=3, max_length=255)]


@router.post("/numbers/{number}/move", status_code=202)
async def move_number(
    company_id: Identifier, number: str, wish: MoveWish, parts: Given, person: Operator
) -> Accepted:
    """To another branch, with its trunk and its fallback: both branches change at once."""
    bind(company_id=company_id, branch_id=wish.to)
    version = await parts.numbers.move(company_id, number, wish.to, by=person.name)
    return Accepted(id=wish.to, company_id=company_id, version=version)


@router.get("/trunks")
async def list_trunks(company_id: Identifier, parts: Given, _: Viewer) -> Items[TrunkOut]:
    """The company's trunks; their passwords never."""
    return Items(items=[_out(row) for row in await parts.trunks.all(company_id)])


@router.put("/trunks/{termination_uri}", status_code=204)
async def put_trunk(
    company_id: Identifier, termination_uri: Address, wish: TrunkWish, parts: Given, person: Operator
) -> None:
    """How Retell logs in there; the numbers of the company's branches learn it by themselves."""
    bind(company_id=company_id)
    await parts.trunks.put(
        company_id,
        termination_uri,
        username=wish.username,
        password=wish.password,
        transport=wish.transport,
        by=person.name,
    )


@router.delete("/trunks/{termination_uri}", status_code=204)
async def remove_trunk(
    company_id: Identifier, termination_uri: Address, parts: Given, person: Operator
) -> None:
    """Forget its login; what Retell knows of it stays there."""
    bind(company_id=company_id)
    await parts.trunks.remove(company_id, termination_uri, by=person.name)


def _out(row: SipTrunk) -> TrunkOut:
    has_password = row.password_encrypted is not None
    return TrunkOut(
        id=row.termination_uri, username=row.username, transport=row.transport, has_password=has_password
    )

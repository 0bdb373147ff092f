"""``/api/operators``: who works here, for admins alone."""

from typing import Final

from fastapi import APIRouter

from services.ops_console.routes.access import Admin
from services.ops_console.routes.parts import Given, Parts
from services.ops_console.routes.shapes import Items
from services.ops_console.routes.shapes_people import Ended, OperatorChange, OperatorOut, SessionOut
from services.ops_console.store.people import Colleague
from services.ops_console.store.refusals import NotSoundError, NotThereError

router = APIRouter(prefix="/api/operators", tags=["operators"])
_SHOWN_OF_HASH: Final = 12


@router.get("")
async def list_operators(parts: Given, _: Admin) -> Items[OperatorOut]:
    """By name, those who were removed last."""
    return Items(items=[operator_out(one) for one in await parts.people.all()])


@router.patch("/{name}")
async def change_operator(name: str, change: OperatorChange, parts: Given, person: Admin) -> OperatorOut:
    """Role, and whether what is redacted may be revealed; felt with the person's next request."""
    if change.role is None and change.may_reveal is None:
        raise NotSoundError("Nothing to change was given.")
    await parts.people.change(name, role=change.role, may_reveal=change.may_reveal, by=person.name)
    return await _one(parts, name)


@router.delete("/{name}")
async def remove_operator(name: str, parts: Given, person: Admin) -> OperatorOut:
    """Nobody comes in under this name any more, and who is in is out. Not oneself, not the last admin."""
    await parts.people.remove(name, by=person.name)
    return await _one(parts, name)


@router.get("/{name}/sessions")
async def list_sessions(name: str, parts: Given, _: Admin) -> Items[SessionOut]:
    """The open ones, the latest first."""
    found = await parts.people.sessions(name)
    return Items(
        items=[
            SessionOut(
                id=one.token_hash[:_SHOWN_OF_HASH],
                created_at=one.created_at,
                last_seen_at=one.last_seen_at,
                expires_at=one.expires_at,
            )
            for one in found
        ]
    )


@router.delete("/{name}/sessions")
async def end_sessions(name: str, parts: Given, person: Admin) -> Ended:
    """Whoever is in has to log in again."""
    return Ended(id=name, ended=await parts.people.end_sessions(name, by=person.name))


def operator_out(one: Colleague) -> OperatorOut:
    """A line of the list."""
    row = one.operator
    return OperatorOut(
        id=row.name,
        role=row.role,
        may_reveal=row.may_reveal,
        created_at=row.created_at,
        removed_at=row.disabled_at,
        sessions=one.sessions,
        last_seen_at=one.last_seen_at,
    )


async def _one(parts: Parts, name: str) -> OperatorOut:
    for one in await parts.people.all():
        if one.operator.name == name:
            return operator_out(one)
    raise NotThereError(f"There is no operator {name}.")

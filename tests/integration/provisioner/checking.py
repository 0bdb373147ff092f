"""A branch that answers, and what a check of it finds."""

import secrets
from typing import Any

from shared.contracts.envelope import now
from tests.integration.provisioner.harness import World

TRUNK = "askpro.pstn.example.com"


def number_of(world: World) -> str:
    return f"+49897{int(world.company[-8:], 16) % 10_000_000:07d}"


def branch_of(world: World, **changes: Any) -> dict[str, Any]:
    return world.branch(phone_number=number_of(world), termination_uri=TRUNK, **changes)


async def answering(world: World) -> None:
    await world.tell("branch.created", branch_of(world))
    for number in (7, 8):
        world.execute(
            "insert into calcom_event_types (company_id, id, title, slug, length_minutes, bookable) "
            "values (%s, %s, 'Schnitt', 'schnitt', 30, 'yes')",
            world.company,
            number,
        )


def about(world: World) -> dict[str, Any]:
    return {"company_id": world.company, "branch_id": "schwabing"}


def instant() -> str:
    return now().isoformat()


async def check(
    world: World, *, conversations: bool = False, run: str | None = None
) -> dict[str, dict[str, Any]]:
    run_id = run or secrets.token_hex(4)
    wish = {"run_id": run_id, "conversations": conversations, "requested_at": instant()}
    await world.tell("branch.check_requested", about(world) | wish)
    return rows_of(world, run_id)


def rows_of(world: World, run_id: str) -> dict[str, dict[str, Any]]:
    rows = world.rows("select * from branch_checks where run_id = %s order by place", run_id)
    return {row["name"]: row for row in rows}


def scheduled(world: World) -> list[dict[str, Any]]:
    return world.rows(
        "select convert_from(body, 'UTF8')::jsonb -> 'data' as data, "
        "extract(epoch from due_at - now())::float as seconds from deliveries "
        "where event_type = 'branch.check_requested' and company_id = %s",
        world.company,
    )

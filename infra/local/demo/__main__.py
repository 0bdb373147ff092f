"""``python -m infra.local.demo [--prepare]``: play the demo on the running stack, or only its branch."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Final, TypeAlias

from infra.local.demo.advice import advice
from infra.local.demo.story import enter_branch, play
from infra.local.demo.timeline import MissingStepError, Timeline
from infra.local.demo.world import Salon, World
from infra.local.private_server import write_private
from infra.local.settings import read_stack_env

Run: TypeAlias = Callable[..., Coroutine[None, None, None]]

_STACK_ENV: Final = Path(__file__).resolve().parents[3] / ".local" / "stack.env"


async def _run(*, prepare: bool) -> None:
    settings = read_stack_env(_STACK_ENV) | dict(os.environ)
    world, timeline = World(settings), Timeline()
    try:
        if prepare and await world.has_company(settings.get("DEMO_COMPANY_ID")):
            return
        if prepare:
            salon = await enter_branch(world, timeline)
        else:
            salon = await play(world, timeline, settings["RABBITMQ_URL"])
        _remember(salon, await world.webhook_secret(salon))
    finally:
        await world.close()


def _remember(salon: Salon, secret: str) -> None:
    mine = {
        "DEMO_COMPANY_ID": salon.company_id,
        "DEMO_BRANCH_ID": salon.branch_id,
        "DEMO_CALCOM_WEBHOOK_SECRET": secret,
        "DEMO_RETELL_API_KEY": salon.retell_api_key,
        "DEMO_PHONE_NUMBER": salon.phone_number,
    }
    lines = [f"{name}={value}" for name, value in (read_stack_env(_STACK_ENV) | mine).items()]
    fresh = _STACK_ENV.with_suffix(".demo")
    write_private(fresh, "\n".join(lines) + "\n")
    fresh.replace(_STACK_ENV)


def main(run: Run = _run) -> int:
    """Exit code 1, the name of the step that is missing and what to do about it, else 0."""
    try:
        asyncio.run(run(prepare="--prepare" in sys.argv[1:]))
    except MissingStepError as error:
        sys.stderr.write(f"\nThe demo is not complete. {error}\n{advice(error.step)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

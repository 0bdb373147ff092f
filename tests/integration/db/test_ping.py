"""A look at the database outlives whoever asked for it, and its failure is nobody's unseen error."""

import asyncio
import gc
from typing import Any

from shared.db.engine import Database
from tests.processes import free_port


async def test_who_asks_and_goes_away_leaves_no_error_that_nobody_took() -> None:
    failures: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: failures.append(context))
    database = Database(f"postgresql://nobody@127.0.0.1:{free_port()}/nothing", application="test")
    before = asyncio.all_tasks()
    asking = asyncio.create_task(database.ping())
    await asyncio.sleep(0)
    (looking,) = asyncio.all_tasks() - before - {asking}
    asking.cancel()
    await asyncio.wait({asking, looking})
    assert asking.cancelled()
    # Its error knows where it was waited for.
    del asking, looking
    gc.collect()
    loop.set_exception_handler(None)
    assert failures == []
    await database.close()

"""A connection that is lost on its way back to the pool is thrown away; nobody misses it."""

import json
import subprocess
import sys
from typing import Final

#: In a process of its own: it sets up the logging of the whole process.
TOLD: Final = """
import logging
from sqlalchemy.pool import AsyncAdaptedQueuePool
from shared.observability.logging import configure_logging

configure_logging("syncer")
pool = AsyncAdaptedQueuePool(lambda: None)
try:
    raise ConnectionResetError("gone")
except ConnectionResetError:
    pool.logger.error("Exception during reset or similar", exc_info=True)
"""


def test_a_connection_that_is_lost_on_its_way_back_is_a_warning_and_no_error() -> None:
    result = subprocess.run([sys.executable, "-c", TOLD], capture_output=True, text=True, check=True)
    (line,) = map(json.loads, result.stdout.splitlines())
    assert (line["event"], line["level"]) == ("Exception during reset or similar", "warning")
    assert "error" not in line

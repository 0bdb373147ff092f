"""What libraries say of a cache that is away: a caller waits for the provider instead, so it is no error."""

import json
import subprocess
import sys
from typing import Final

#: In a process of its own: it sets up the logging of the whole process.
LOOK: Final = """
import asyncio
from services.voice_tools.store.slot_cache import open_cache
from shared.observability.logging import configure_logging

async def look():
    cache = open_cache("redis://127.0.0.1:9/0")
    print(await cache.get("slots"), flush=True)

configure_logging("voice_tools")
asyncio.run(look())
"""


def test_a_cache_that_is_away_is_a_warning_and_no_error() -> None:
    result = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    told = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    assert "None" in result.stdout.splitlines()
    assert {line["level"] for line in told} == {"warning"}
    assert all("error" not in line for line in told)

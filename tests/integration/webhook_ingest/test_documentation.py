"""``docs/webhooks.md`` is true: its script posts its event, and its problem is what one gets."""

import asyncio
import json
import re
import sys
from pathlib import Path

import pytest

from tests.integration.webhook_ingest.conftest import Ingest
from tests.processes import EVENTS_SECRET


@pytest.fixture(scope="module")
def blocks(checkout: Path) -> dict[str, list[str]]:
    """The fenced blocks by language."""
    found: dict[str, list[str]] = {}
    text = (checkout / "docs" / "webhooks.md").read_text()
    for language, block in re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL):
        found.setdefault(language, []).append(block)
    return found


async def test_the_documented_script_posts_the_documented_event(
    ingest: Ingest, blocks: dict[str, list[str]], tmp_path: Path
) -> None:
    [script], [_, event] = blocks["python"], blocks["json"]
    (tmp_path / "event.json").write_text(event)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        cwd=tmp_path,
        env={"INGEST_URL": ingest.process.url, "EVENTS_SECRET": EVENTS_SECRET, "NO_PROXY": "*"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(child.communicate(), 60)
    assert output.decode().strip() == '202 {"event_id":"crm:branch-mitte-7"}'
    assert output.decode().strip() in script


async def test_the_documented_problem_is_what_is_answered(
    ingest: Ingest, blocks: dict[str, list[str]]
) -> None:
    problem, event = (json.loads(block) for block in blocks["json"])
    del event["data"]["name"]
    answer = await ingest.send.events(json.dumps(event).encode())
    assert answer.json() == problem


def test_every_answer_that_has_a_meaning_is_in_the_table(checkout: Path) -> None:
    text = (checkout / "docs" / "webhooks.md").read_text()
    documented = {int(status) for status in re.findall(r"^\| (\d{3}) ", text, re.MULTILINE)}
    code = "".join(path.read_text() for path in (checkout / "services" / "webhook_ingest").rglob("*.py"))
    refused = {int(status) for status in re.findall(r"(?:RefusedError|problem)\(\s*(\d{3})", code)}
    assert refused | {200, 202, 401} <= documented

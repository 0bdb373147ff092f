"""Prism skips a schema that it cannot use, without a word. In the corrected documents there is none."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contract.corrections import CALCOM, RETELL, Schema, json_content
from tests.contract.installation import TOOLS, PrismFiles
from tests.contract.needs import CONTRACT_TEST
from tests.contract.proxy import environment, skipped_in, tools

pytestmark = CONTRACT_TEST
NULL_TWICE = {"type": "string", "enum": ["calm", None], "nullable": True}


@dataclass(frozen=True)
class Examined:
    operations: int
    bodies: int
    skipped: list[str]


async def examine(prism: PrismFiles, folder: Path, document: Schema) -> Examined:
    """Have Prism use each schema of a document once."""
    file = folder / "openapi.json"
    file.write_text(json.dumps(document, default=str))
    process = await asyncio.create_subprocess_exec(
        *tools(prism), str(TOOLS / "examine.cjs"), str(file), env=environment(prism),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return Examined(**json.loads(out), skipped=skipped_in(err.decode()))


async def test_prism_uses_every_schema_of_the_corrected_documents(
    prism: PrismFiles, documents: dict[str, Schema], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folders = [tmp_path_factory.mktemp("examined") for _ in documents]
    both = zip(folders, documents.values(), strict=True)
    found = await asyncio.gather(*(examine(prism, folder, document) for folder, document in both))
    examined = dict(zip(documents, found, strict=True))
    assert {name: each.skipped for name, each in examined.items()} == {CALCOM: [], RETELL: []}
    assert min(each.bodies for each in examined.values()) > 500


async def test_a_schema_that_prism_cannot_use_is_told(prism: PrismFiles, tmp_path: Path) -> None:
    answers = {"200": {"description": "done", "content": json_content(NULL_TWICE)}}
    document = {"openapi": "3.0.3", "info": {}, "paths": {"/mood": {"get": {"responses": answers}}}}
    examined = await examine(prism, tmp_path, document)
    assert (examined.operations, examined.bodies) == (1, 1)
    assert "duplicate items" in "".join(examined.skipped)

"""The sentences of a check: both languages say the same things, and each that is named is there."""

import re
from pathlib import Path
from string import Formatter

import pytest

from services.provisioner.content.findings import Finding, verdict_of
from services.provisioner.content.findings.sentences import ADVICE, FOUND

NAMED = re.compile(r"\"((?:[a-z]+_)?[a-z]+)\"")


def _fields(sentence: str) -> set[str]:
    named = {name for _, name, _, _ in Formatter().parse(sentence) if name}
    return {name.removesuffix("_de") for name in named}


@pytest.mark.parametrize("key", [*FOUND, *ADVICE])
def test_both_languages_name_the_same_things(key: str) -> None:
    german, english = {**FOUND, **ADVICE}[key]
    assert _fields(german) == _fields(english)
    assert german != english


def test_every_sentence_is_said_somewhere(checkout: Path) -> None:
    folders = (checkout / "services/provisioner" / name for name in ("content/findings", "handlers"))
    code = [file for folder in folders for file in folder.glob("*.py") if file.name != "sentences.py"]
    said = {name for file in code for name in NAMED.findall(file.read_text())}
    made = {f"key_{state}" for state in ("accepted", "refused", "missing")}
    assert {*FOUND, *ADVICE} - said - made == set()


@pytest.mark.parametrize(
    ("results", "ok"), [([True, True], True), ([True, None], None), ([None, False, True], False)]
)
def test_the_verdict_is_as_good_as_the_worst(results: list[bool | None], ok: bool | None) -> None:
    verdict: Finding = verdict_of(results)
    assert verdict.ok is ok

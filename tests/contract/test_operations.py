"""What our clients ask, and what the simulators answer, is what the providers publish."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from tests.contract.case import Case
from tests.contract.documents import CASES
from tests.contract.line import Line
from tests.contract.needs import CONTRACT_TEST

pytestmark = CONTRACT_TEST
_NAME = re.compile(r"(calcom|retell)(\.[a-z-]+)+")


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_request_of_our_client_and_its_answer_are_as_published(
    case: Case, lines: dict[str, Line], accounts: dict[str, Any]
) -> None:
    line = lines[case.document]
    line.forget()
    await case.does(accounts[case.document])
    assert line.round_trips_of(case.operation), f"{case.operation} was not asked for"
    assert line.complaints() == []


def test_there_is_a_case_for_each_operation_of_our_clients(checkout: Path) -> None:
    files = [
        file for name in ("calcom", "retell") for file in (checkout / "shared/clients" / name).glob("*.py")
    ]
    named = {name for file in files for name in _names(file)}
    assert named == {case.name for case in CASES}


def _names(file: Path) -> set[str]:
    nodes = ast.walk(ast.parse(file.read_text()))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {text for text in texts if _NAME.fullmatch(text)}

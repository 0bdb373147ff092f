"""Prism looks at everything that we use: what is made wrong on purpose is found, at every operation."""

from contextlib import suppress
from typing import Any

import pytest

from shared.errors import AskProError
from tests.contract.case import Case
from tests.contract.documents import CASES
from tests.contract.line import Line
from tests.contract.needs import CONTRACT_TEST
from tests.contract.wrong import Wrong

pytestmark = CONTRACT_TEST


def _each(side: str) -> list[Any]:
    return [
        pytest.param(case, wrong, id=f"{case}: {wrong}")
        for case in CASES
        for wrong in (case.wrong_requests if side == "request" else case.wrong_answers)
    ]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_operation_has_a_wrong_request_and_a_wrong_answer(case: Case) -> None:
    assert case.wrong_requests
    assert case.wrong_answers


@pytest.mark.parametrize(("case", "wrong"), _each("request"))
async def test_a_wrong_request_is_caught(
    case: Case, wrong: Wrong, lines: dict[str, Line], accounts: dict[str, Any]
) -> None:
    line = lines[case.document]
    line.forget()
    with line.front.spoiling_requests(case.operation, wrong.spoil), suppress(AskProError, AssertionError):
        await case.does(accounts[case.document])
    assert line.found(case, "request")


@pytest.mark.parametrize(("case", "wrong"), _each("response"))
async def test_a_wrong_answer_is_caught(
    case: Case, wrong: Wrong, lines: dict[str, Line], accounts: dict[str, Any]
) -> None:
    line = lines[case.document]
    line.forget()
    with line.behind.spoiling_answers(case.operation, wrong.spoil), suppress(AskProError, AssertionError):
        await case.does(accounts[case.document])
    assert line.found(case, "response")

"""What `make demo` shows happens, every step of it, and nothing is left over."""

import pytest

from tests.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
STEPS = [
    "company entered",
    "branch entered",
    "branch provisioned",
    "call ended",
    "check_availability",
    "book_appointment",
    "appointment recorded",
    "call recorded",
    "company notified",
    "customer notified",
    "booking cancelled at Cal.com",
    "cancellation recorded",
    "customer told about it",
    "poisoned message is a dead letter",
    "ledger balanced",
]


def test_the_demo_completes_with_every_step_and_the_ledger_balances(stack: Stack) -> None:
    with stack.demo() as demo:
        told, _ = demo.communicate(timeout=240)
    assert demo.returncode == 0, told
    missing = [step for step in STEPS if step not in told]
    assert missing == [], told
    ledger = stack.askpro("ledger", "--json")
    assert (ledger.code, ledger.json["unaccounted"]) == (0, 0), ledger.out
    company = stack.settings["DEMO_COMPANY_ID"]
    assert company in told
    assert stack.listed("dead-letters", company=company) == []

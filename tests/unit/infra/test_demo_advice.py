"""A demo that breaks off, and a stack that came up without its demo company, say what to do."""

import re
from pathlib import Path

import pytest

from infra.local.__main__ import STILL_UP, STOPPED, WITHOUT_COMPANY
from infra.local.demo import story
from infra.local.demo.__main__ import main
from infra.local.demo.advice import service_of
from infra.local.demo.timeline import MissingStepError
from infra.local.services import ALL

TARGETS = {"up", "down", "run", "demo"}


def test_a_demo_that_breaks_off_names_the_log_to_read_and_the_command_to_ask(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def broken(*, prepare: bool) -> None:
        assert not prepare
        raise MissingStepError("branch provisioned", "it did not happen (waited 90 s)")

    assert main(broken) == 1
    told = capsys.readouterr().err
    assert "The demo is not complete. branch provisioned: it did not happen (waited 90 s)" in told
    assert "What to do: read .local/log/provisioner.log" in told
    assert "askpro dead-letters list" in told


def test_each_step_is_some_services_and_its_log_exists() -> None:
    services = {service.name for service in ALL}
    text = Path(story.__file__).read_text()
    steps = set(re.findall(r'(?:until|patiently|MissingStepError)\(\s*"([^"]+)"', text))
    assert {"branch provisioned", "appointment booked", "customer told about it"} <= steps
    assert {service_of(step) for step in steps} <= services
    # Only what is asked of a simulator itself is left to the simulators.
    assert {step for step in steps if service_of(step) == "simulators"} == {"call"}
    assert service_of("Retell workspace") == "simulators"


@pytest.mark.parametrize("text", [WITHOUT_COMPANY, STILL_UP, STOPPED])
def test_what_is_left_of_the_stack_is_said_with_targets_that_exist(text: str) -> None:
    assert re.search(r"\bup\b|stopped", text)
    named = set(re.findall(r"`make (\w+)`", text))
    assert named
    assert named <= TARGETS

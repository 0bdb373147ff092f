"""How a simulated call is told: each function with its own time against what a caller waits."""

import re
from typing import Any

import pytest

from services.ops_console.cli.conversation import Scenario, budget_of, steps_of
from services.ops_console.cli.dialogue import calendar_lines, lines_of
from shared.contracts.voice import FUNCTIONS


def used(name: str, seconds: float, tool_call_id: str | None, status: str = "free") -> dict[str, Any]:
    answer = {"status": status, "say": "Ja."}
    return {
        "name": name,
        "args": {},
        "status": 200,
        "answer": answer,
        "seconds": seconds,
        "tool_call_id": tool_call_id,
    }


def told(*functions: dict[str, Any]) -> list[str]:
    dialogue = [
        {
            "role": "tool_call_invocation",
            "tool_call_id": each["tool_call_id"],
            "name": each["name"],
            "arguments": "{}",
        }
        for each in functions
        if each["tool_call_id"]
    ]
    call = {"call_id": "call_1", "disconnection_reason": "user_hangup"}
    times = [float(number) for number in range(len(dialogue))]
    return list(lines_of({"functions": functions, "dialogue": dialogue, "times": times, "call": call}))


def test_a_function_that_the_agent_lacks_shifts_nobody_elses_time() -> None:
    lines = told(
        used("fly", 9.0, None), used("check_availability", 0.1, "t1"), used("book_appointment", 2.0, "t2")
    )
    assert "check_availability" in lines[0]
    assert "100 ms" in lines[0]
    assert "2000 ms" in lines[1]
    assert "fly" in lines[2]


@pytest.mark.parametrize(
    ("function", "seconds", "colour"),
    [
        ("check_availability", 0.8, "green"),
        ("check_availability", 0.81, "red"),
        ("book_appointment", 2.5, "green"),
        ("book_appointment", 2.6, "red"),
    ],
)
def test_what_takes_longer_than_a_caller_waits_is_red(function: str, seconds: float, colour: str) -> None:
    assert f"[{colour}]{seconds * 1000:.0f} ms[/{colour}]" in told(used(function, seconds, "t1"))[0]


def test_the_ringing_is_told_with_what_the_agent_was_told() -> None:
    call = {"call_id": "c", "call_analysis": {"call_summary": "Gebucht."}}
    inbound = {"seconds": 0.4, "variables": {"heute": "Montag", "kalender": "lang"}}
    dialogue = [{"role": "agent", "content": "Guten Tag"}, {"role": "injected", "content": "Gebucht."}]
    lines = list(
        lines_of(
            {"inbound": inbound, "functions": [], "dialogue": dialogue, "times": [0.0, 1.5], "call": call}
        )
    )
    assert "Nobody takes time to speak" in lines[0]
    assert "[red]400 ms[/red] of 300 ms" in lines[1]
    assert "heute=Montag" in lines[1]
    assert "lang" not in lines[1]
    assert lines[2].startswith("   0.4 s")
    assert lines[3].startswith("   1.9 s")
    assert lines[-1] == "analysis  Gebucht."


def test_a_call_that_left_nothing_says_so() -> None:
    lines = list(calendar_lines({"functions": []}, [], [{"reason": "Rückruf"}]))
    assert lines == ["calendar  nothing", "callback  Rückruf"]


def test_a_wish_that_was_noted_is_not_nothing() -> None:
    noted = {"functions": [used("book_appointment", 0.3, "t1", "requested")]}
    [line] = calendar_lines(noted, [], [])
    assert line == "calendar  nothing yet: the wish is booked when the calendar answers"


def test_an_appointment_is_told_once_and_in_the_time_of_its_branch() -> None:
    row = {
        "status": "accepted",
        "start_at": "2026-12-01T08:00:00Z",
        "timezone": "Europe/Berlin",
        "title": "Herrenhaarschnitt between Salon and Anna Meyer",
        "attendee_name": "Anna Meyer",
    }
    [line] = calendar_lines({"functions": []}, [row], [])
    assert line.endswith("Tuesday, 1 December 2026, 09:00, Herrenhaarschnitt, Anna Meyer")


def test_who_is_told_to_wait_when_the_time_is_up_was_not_told_too_late() -> None:
    assert "[green]2550 ms" in told(used("book_appointment", 2.55, "t1", "pending"))[0]
    assert "[red]2700 ms" in told(used("book_appointment", 2.7, "t1", "pending"))[0]


@pytest.mark.parametrize("scenario", Scenario)
def test_every_scenario_calls_functions_that_there_are_and_reads_answers_that_were_given(
    scenario: Scenario,
) -> None:
    asked = 0
    for step in steps_of(scenario, "Haarschnitt", "Erika"):
        assert all(int(found) < asked for found in re.findall(r"\{\{results\.(\d+)\.", str(step))), step
        if "function" in step:
            asked += 1
            assert set(step["args"]) <= set(FUNCTIONS[step["function"]].arguments.model_fields)
            assert budget_of(step["function"]) is not None

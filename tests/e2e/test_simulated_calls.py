"""``askpro simulate call`` on a stack that runs: a whole call, with its times and what it leaves behind."""

import json
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.processes import until
from tests.stack import Answered, Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
#: The simulated Cal.com takes between 1.5 and 5 seconds, as the real one does.
ENTERED = [("book_appointment", "booked"), ("book_appointment", "pending")]
TIMED = re.compile(r"(\w+) \{.*→ 200 (\w+) in (\d+) ms of (\d+) ms")


def call(stack: Stack, scenario: str, *more: str) -> Answered:
    told = stack.askpro("simulate", "call", "--scenario", scenario, *more)
    assert told.code == 0, told.err
    return told


def functions(told: Answered) -> list[tuple[str, str]]:
    """Name and status, in their order, without a look that took another moment and was asked for again."""
    found = [(found[1], found[2]) for found in TIMED.finditer(told.out)]
    return [each for each in found if each != ("check_availability", "pending")]


def in_order(told: Answered, *words: str) -> None:
    place = 0
    for word in words:
        assert word in told.out[place:], f"{word} is missing after {told.out[:place][-80:]}\n{told.out}"
        place += told.out[place:].index(word) + len(word)


def test_a_caller_books_from_the_ringing_to_the_calendar(stack: Stack) -> None:
    told = call(stack, "buchen", "--name", "Anna Meyer")
    checked, booked = functions(told)
    assert checked == ("check_availability", "free")
    assert booked in ENTERED
    heard = ("rings", "of 300 ms", "heute=", "agent", "Guten Tag", "caller", "of 800 ms", "Auf welchen Namen")
    agreed = (
        "Anna Meyer: ist das so richtig?",
        "Ja, genau.",
        "book_appointment",
        "of 2500 ms",
        "eingetragen",
    )
    in_order(told, *heard, *agreed, "ended: user_hangup", "analysis", "calendar", "accepted")


def test_who_is_unclear_is_asked_back_and_books_after_all(stack: Stack) -> None:
    told = call(stack, "unklar")
    statuses = [status for _, status in functions(told)]
    assert statuses[0] in {"ambiguous", "correction"}
    assert statuses[1] == "free"
    in_order(told, "book_appointment", "ist eingetragen", "calendar", "accepted")


def test_a_caller_moves_what_was_just_booked(stack: Stack) -> None:
    told = call(stack, "verschieben", "--name", "Berta Kranz")
    assert functions(told)[2:4] == [("find_appointment", "found"), ("check_availability", "free")]
    in_order(told, "reschedule_appointment", "ist verschoben auf", "calendar", "accepted")


def test_a_caller_cancels_what_was_just_booked(stack: Stack) -> None:
    told = call(stack, "absagen", "--name", "Cosima Wendt")
    assert functions(told)[2] == ("find_appointment", "found")
    in_order(told, "cancel_appointment", "ist abgesagt", "calendar", "cancelled")


def test_while_the_calendar_is_slow_the_caller_hears_the_end_in_the_same_call(stack: Stack) -> None:
    told = call(stack, "langsam")
    assert functions(told)[1] == ("book_appointment", "pending")
    waited = ("pending", "Ich trage das gerade ein", "Ich warte gern.", "told", "ist eingetragen")
    in_order(told, *waited, "agent", "ist eingetragen", "ended", "accepted")


def test_a_promise_with_nothing_behind_it_is_a_callback_and_a_mail_within_a_minute(
    stack: Stack, tmp_path: Path
) -> None:
    lie = tmp_path / "lie.json"
    steps = [
        {"say": "Einen Termin bitte."},
        {"agent": "Ihr Termin morgen um zehn ist gebucht."},
        {"hangup": "user"},
    ]
    lie.write_text(json.dumps(steps))
    began = time.monotonic()
    told = stack.askpro("simulate", "call", "--script", str(lie))
    assert told.code == 0, told.err
    in_order(told, "ist gebucht", "ended", "callback", "Ein Termin wurde zugesagt")
    assert until(lambda: bool(_urgent_mails(stack)), 60.0 - (time.monotonic() - began)), "nobody was mailed"
    assert stack.listed("events", type="promise.broken", company=stack.settings["DEMO_COMPANY_ID"])


def _urgent_mails(stack: Stack) -> list[dict[str, Any]]:
    answer = httpx.get(
        f"{stack.settings['MAILBOX_URL']}/messages", params={"subject": "Dringend"}, trust_env=False
    )
    return [mail for mail in answer.json() if "zugesagt" in str(mail)]


def test_while_the_calendar_is_away_a_wish_is_noted_and_called_one(stack: Stack) -> None:
    told = call(stack, "ausfall")
    in_order(
        told, "book_appointment", "noch nicht fest", "ended", "calendar  nothing yet: the wish is booked"
    )
    assert "callback" not in told.out, "a wish that was called a wish is no broken promise"

"""Charts, shares and endings as the overview says them; one answer for all who ask."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.ops_console.handlers.circuits import CircuitView, held_behind
from services.ops_console.handlers.glance import Glance
from services.ops_console.handlers.health import LookAtEverything
from services.ops_console.handlers.objectives import score
from services.ops_console.handlers.sampling import slot_of
from services.ops_console.handlers.spans import SPANS
from services.ops_console.handlers.stuck import stuck
from services.ops_console.routes.endings import ending
from services.ops_console.routes.web.charts import WIDTH, drawn
from services.ops_console.routes.web.spoken import age, percent
from services.ops_console.routes.web.words import Words
from services.ops_console.store.answered import Answered
from services.ops_console.store.ledger import Recent
from services.ops_console.store.samples import Point
from shared.contracts.depths import Depth
from shared.contracts.needs import NEEDS, queues_behind
from shared.messaging.topology import WORK_QUEUES
from shared.resilience.circuit_state import CircuitState

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
HOUR = SPANS["hour"]


def points(*ages: float) -> list[Point]:
    return [Point(NOW - timedelta(seconds=age), 10.0) for age in ages]


def test_a_line_breaks_where_nobody_took_a_sample() -> None:
    chart = drawn("chart.dead", points(600, 570, 540, 60, 30), HOUR, NOW)
    assert len(chart.lines) == 2
    assert len(chart.lines[0].split()) == 3
    assert (chart.highest, chart.latest) == (10.0, 10.0)


def test_the_newest_figure_is_told_only_while_it_is_new() -> None:
    assert drawn("chart.dead", points(600, 570), HOUR, NOW).latest is None


def test_a_chart_ends_at_now_and_nothing_measured_is_no_line() -> None:
    last = drawn("chart.dead", points(30, 0), HOUR, NOW).lines[0].split()[-1]
    assert last.startswith(f"{WIDTH:.1f},")
    assert drawn("chart.dead", [], HOUR, NOW).lines == ()


@pytest.mark.parametrize(
    ("share", "told"), [(0.9995, "99.95 %"), (0.99999, "99.99 %"), (1.0, "100.00 %"), (None, "-")]
)
def test_a_share_is_never_rounded_up_to_what_was_not_kept(share: float | None, told: str) -> None:
    assert percent(share) == told


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.4, "0 s"), (59, "59 s"), (90, "2 min"), (7200, "2 h"), (200_000, "2 d")]
)
def test_an_age_is_said_in_its_largest_unit(seconds: float, told: str) -> None:
    assert age(Words("en"), seconds) == told


def test_a_budget_is_what_may_still_fail_and_overdrawn_below_zero() -> None:
    kept = score(Answered(total=100_000, failed=50, slow=0))
    assert (kept.available_left, kept.prompt_left) == (pytest.approx(0.5), 1.0)
    assert kept.met
    broken = score(Answered(total=1_000, failed=2, slow=0))
    assert broken.available_left == pytest.approx(-1.0)
    assert not broken.met
    assert score(Answered(0, 0, 0)).met


def test_consoles_that_look_within_the_same_half_minute_mean_the_same_sample() -> None:
    first = NOW.replace(second=31, microsecond=5)
    assert slot_of(first) == slot_of(NOW.replace(second=59)) == NOW.replace(second=30)
    assert slot_of(NOW.replace(second=29)) == NOW


def test_every_work_queue_says_what_it_needs() -> None:
    assert set(NEEDS) == {spec.name for spec in WORK_QUEUES}
    assert queues_behind("chat") == {"notifier.chat"}
    # What only some tenants use is parked: nothing is held in the queue for it.
    assert queues_behind("chat:hooks.example.org") == queues_behind("calcom.eu") == frozenset()


def test_what_is_held_counts_only_while_the_circuit_is_open_and_never_for_a_key() -> None:
    depths = {"notifier.mail": Depth("notifier.mail", ready=3, unacknowledged=2, consumers=1)}
    opened = CircuitState("smtp", "dependency", "open", version=1, rest_left=5.0)
    assert held_behind(opened, depths) == 5
    assert held_behind(opened, None) is None
    assert held_behind(CircuitState("smtp", "dependency", "closed", version=1), None) == 0
    assert held_behind(CircuitState("calcom:acme", "credential", "open", version=1), depths) == 0


def test_what_ends_a_circuit_is_said_in_the_readers_language() -> None:
    refused = CircuitState("calcom:acme", "credential", "open", version=1)
    assert ending(refused, Words("de")) == "ein neuer Schlüssel, oder jemand, der sie schließt"
    assert ending(refused) == "a new key, or a person who closes it"
    said = CircuitState("smtp", "dependency", "closed", 1, forced="open", forced_by="ada", forced_until=NOW)
    assert ending(said, Words("de")) == (
        "Das Wort von ada gilt bis 2026-11-30 12:00 UTC, oder bis es jemand zurücknimmt"
    )


async def test_however_many_ask_at_once_one_question_is_asked_and_a_failure_is_everybodys() -> None:
    asked: list[int] = []

    async def ask() -> int:
        asked.append(len(asked))
        await asyncio.sleep(0)
        if len(asked) > 1:
            raise OSError("away")
        return 42

    glance = Glance(ask, seconds=0.0)
    assert await asyncio.gather(glance(), glance(), glance()) == [42, 42, 42]
    answers = await asyncio.gather(glance(), glance(), return_exceptions=True)
    assert [type(one) for one in answers] == [OSError, OSError]
    assert len(asked) == 2


async def test_within_a_while_the_same_answer_is_given_to_all_but_to_who_insists() -> None:
    asked: list[int] = []

    async def ask() -> int:
        asked.append(len(asked))
        return len(asked)

    glance = Glance(ask, seconds=60.0)
    assert [await glance(), await glance(), await glance.anew(), await glance()] == [1, 1, 2, 2]


class Nothing:
    async def read(self) -> dict[str, Depth]:
        return {}

    async def recent(self, minutes: int = 5) -> Recent:
        return Recent(0, 0)

    async def states(self) -> list[CircuitState]:
        return []


async def test_an_address_that_is_none_is_a_dark_light_and_what_is_not_set_up_is_none() -> None:
    async def malformed() -> None:
        raise ValueError("Port could not be cast to integer")

    nothing: Any = Nothing()
    view = await LookAtEverything({"cache": malformed, "mail": None}, nothing, nothing, nothing)()
    assert [(light.name, light.ok) for light in view.dependencies] == [("cache", False), ("mail", None)]
    assert view.status == "degraded"


def test_told_is_what_calls_opened_and_nobody_closed_for_as_long_as_that() -> None:
    long_ago, lately = NOW - timedelta(minutes=20), NOW - timedelta(minutes=10)

    def view(name: str, opened_at: datetime, **fields: Any) -> CircuitView:
        return CircuitView(CircuitState(name, "dependency", "open", 1, opened_at=opened_at, **fields), 2, 3)

    views = {
        one.state.name: one
        for one in (
            view("smtp", long_ago, reason="timeout"),
            view("stripe", lately),
            view("calcom:acme:budget", long_ago),
            view("retell", long_ago, forced="closed", forced_by="ada"),
            CircuitView(CircuitState("chat", "dependency", "closed", 1, opened_at=long_ago), 0, 0),
        )
    }
    (event,) = stuck(views, 15.0, NOW)
    assert (event.circuit, event.minutes, event.reason, event.waiting) == ("smtp", 20.0, "timeout", 5)

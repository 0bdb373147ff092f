"""When a group is open again, and what people are told of it: from what is seen, and from nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.ops_console.handlers.groups import judge
from services.ops_console.store.group_folding import Seen
from shared.contracts.events import GroupAppeared, GroupGrew
from shared.db.tables import DeadLetterGroup

NOW = datetime(2026, 11, 30, 20, 15, tzinfo=UTC)


def seen(fresh: int = 0, this_hour: int = 0, hour_before: int = 0, **group: Any) -> Seen:
    fields = {
        "id": "52e88031f9967845", "queue": "syncer.bookings", "error_class": "KeyError", "place": "f",
        "state": "open", "total": 100, "alerted_at": NOW - timedelta(days=1),
    }  # fmt: skip
    return Seen(DeadLetterGroup(**(fields | group)), fresh, this_hour, hour_before, NOW)


@pytest.mark.parametrize("state", ["acknowledged", "resolved"])
def test_what_was_seen_or_done_is_open_again_when_it_recurs(state: str) -> None:
    assert judge(seen(state=state)).reopened is None
    verdict = judge(seen(fresh=1, this_hour=1, state=state))
    assert verdict.reopened == "1 more died"
    assert verdict.changes["state"] == "open"
    (event,) = verdict.events
    assert isinstance(event, GroupAppeared)
    assert event.again


@pytest.mark.parametrize(
    ("limit", "fresh", "this_hour", "opens"),
    [
        ({"until_at": NOW}, 0, 0, True),
        ({"until_at": NOW + timedelta(seconds=1)}, 5, 5, False),
        ({"until_total": 100}, 1, 1, True),
        ({"until_total": 101}, 1, 1, False),
        ({"until_per_hour": 7}, 1, 7, True),
        ({"until_per_hour": 7}, 1, 6, False),
        ({"until_at": NOW + timedelta(days=1), "until_per_hour": 7}, 1, 9, True),
    ],
)
def test_an_ignored_group_is_silent_until_its_time_its_number_or_its_rate(
    limit: dict[str, Any], fresh: int, this_hour: int, *, opens: bool
) -> None:
    verdict = judge(seen(fresh, this_hour, state="ignored", **limit))
    assert (verdict.reopened is not None) is opens
    assert opens or not verdict.events
    if opens:
        assert {verdict.changes[name] for name in ("until_at", "until_total", "until_per_hour")} == {None}


def test_a_new_group_is_told_once() -> None:
    (event,) = judge(seen(fresh=3, this_hour=3, alerted_at=None)).events
    assert isinstance(event, GroupAppeared)
    assert not event.again
    assert judge(seen(fresh=3, this_hour=3)).events == ()


def test_a_group_grows_by_ten_against_what_was_told_or_the_hour_before() -> None:
    def told(**about: Any) -> int | None:
        events = judge(seen(fresh=1, **about)).events
        numbers = [event.number for event in events if isinstance(event, GroupGrew)]
        assert len(numbers) == len(events)
        return numbers[0] if numbers else None

    assert told(this_hour=9, hour_before=0) is None
    assert told(this_hour=10, hour_before=0) == 10
    assert told(this_hour=99, hour_before=10) is None
    assert told(this_hour=100, hour_before=10) == 100
    within = {"grown_at": NOW - timedelta(minutes=5), "grown_to": 10}
    assert told(this_hour=99, **within) is None
    assert told(this_hour=100, **within) == 100
    before = {"grown_at": NOW - timedelta(hours=1), "grown_to": 1000}
    assert told(this_hour=10, hour_before=1, **before) == 10


def test_nothing_is_told_of_growth_while_nothing_dies_or_somebody_ignores_it() -> None:
    assert judge(seen(fresh=0, this_hour=500)).events == ()
    assert judge(seen(fresh=1, this_hour=500, state="ignored", until_total=1000)).events == ()

"""What waits in the books and is nowhere in the broker is unaccounted for."""

import pytest

from services.ops_console.handlers.ledger import ledger_of
from services.ops_console.store.ledger import Counts
from shared.contracts.depths import Depth

QUEUE, SIBLING = "syncer.bookings", "syncer.calls"


def _counts(overdue: dict[str, int], suspects: dict[str, int] | None = None) -> Counts:
    states = {
        queue: {"waiting": number, "redelivery": 0, "done": 5, "dead": 1, "discarded": 0}
        for queue, number in overdue.items()
    }
    return Counts(20, unhandled=2, to_be_sent=1, states=states, overdue=overdue, suspects=suspects)


def _depth(queue: str, ready: int, unacknowledged: int | None = 0, **more: int) -> dict[str, Depth]:
    return {queue: Depth(queue, ready, unacknowledged, 1, **more)}


def test_what_the_broker_holds_is_accounted_for() -> None:
    view = ledger_of(_counts({QUEUE: 3}), _depth(QUEUE, ready=2, unacknowledged=1))
    assert view.unaccounted == 0
    assert view.exact


def test_what_nobody_holds_is_unaccounted_for() -> None:
    view = ledger_of(_counts({QUEUE: 3}), _depth(QUEUE, ready=1))
    assert view.unaccounted == 2
    assert [(line.queue, line.unaccounted, line.done) for line in view.queues] == [(QUEUE, 2, 5)]
    assert view.short == (QUEUE,)


def test_what_the_broker_gave_up_and_nobody_confirmed_yet_is_still_there() -> None:
    assert ledger_of(_counts({QUEUE: 1}), _depth(QUEUE, ready=0, leaving=1)).unaccounted == 0


@pytest.mark.parametrize("companion", ["syncer.quarantine", "syncer.dead-letters"])
def test_quarantine_and_dead_letters_cover_the_queues_of_their_service_once(companion: str) -> None:
    view = ledger_of(_counts({QUEUE: 1, SIBLING: 1}), _depth(companion, ready=1))
    assert view.unaccounted == 1


def test_another_services_quarantine_covers_nothing() -> None:
    assert ledger_of(_counts({QUEUE: 1}), _depth("notifier.quarantine", ready=5)).unaccounted == 1


def test_more_in_one_queue_does_not_cover_another() -> None:
    assert ledger_of(_counts({QUEUE: 0, SIBLING: 2}), _depth(QUEUE, ready=9)).unaccounted == 2


def test_a_part_of_the_time_is_blamed_for_no_more_than_it_has() -> None:
    assert ledger_of(_counts({QUEUE: 3}, suspects={QUEUE: 2}), {}).unaccounted == 2
    assert ledger_of(_counts({QUEUE: 3}, suspects={QUEUE: 2}), _depth(QUEUE, ready=2)).unaccounted == 1
    assert ledger_of(_counts({QUEUE: 3}, suspects={}), {}).unaccounted == 0


def test_without_the_management_api_only_a_lower_bound_is_told() -> None:
    view = ledger_of(_counts({QUEUE: 3}), _depth(QUEUE, ready=1, unacknowledged=None, at_most=200))
    assert view.unaccounted == 0
    assert not view.exact


def test_what_is_not_in_the_log_yet_is_to_be_sent_or_to_be_logged() -> None:
    view = ledger_of(_counts({}), _depth("ops_console.event-log", ready=4, unacknowledged=3))
    assert (view.accepted, view.to_be_sent, view.to_be_logged, view.unhandled) == (20, 1, 7, 2)

"""Where a bulk operation sends nothing, by the circuits that are open."""

from services.ops_console.handlers.doors import behind, doors_of
from services.ops_console.store.operation_steps import Doors
from shared.contracts import names

QUEUES = (names.SYNCER_BOOKINGS, names.NOTIFIER_MAIL)


def test_a_dependency_that_is_away_shuts_the_queues_that_need_it() -> None:
    assert doors_of(["calcom"], QUEUES) == Doors((names.SYNCER_BOOKINGS,))


def test_a_refused_key_shuts_the_queue_for_its_company_alone() -> None:
    assert doors_of(["calcom:acme"], QUEUES) == Doors((), ((names.SYNCER_BOOKINGS, "acme"),))


def test_a_paused_queue_is_shut_whatever_it_needs() -> None:
    assert doors_of([names.pause_of(names.NOTIFIER_MAIL)], QUEUES) == Doors((names.NOTIFIER_MAIL,))


def test_what_no_handler_of_the_queue_calls_is_in_nobodys_way() -> None:
    assert list(behind(["retell", "calcom.voice", "chat:hooks.example.org"], QUEUES)) == []

"""The table of queues."""

from shared.contracts import names
from shared.contracts.calcom import TRIGGERS
from shared.messaging.topology import WORK_QUEUES, all_queues


def test_each_queue_has_a_delivery_limit_of_its_own() -> None:
    """RabbitMQ 4 has a default of 20, after which a queue without dead letters drops what it holds."""
    limits = {spec.name: spec.declared_arguments["x-delivery-limit"] for spec in all_queues()}
    assert all(limit > 0 for limit in limits.values())


def test_a_queue_that_gives_nothing_up_is_never_at_its_limit() -> None:
    for spec in all_queues():
        if "x-dead-letter-exchange" not in spec.declared_arguments:
            assert spec.declared_arguments["x-delivery-limit"] > 1_000_000_000, spec.name


def test_syncer_gets_exactly_what_cal_com_is_asked_to_tell() -> None:
    bookings = next(queue for queue in WORK_QUEUES if queue.name == names.SYNCER_BOOKINGS)
    told = {binding for binding in bookings.bindings if binding.startswith("calcom.")}
    assert told == {f"calcom.{trigger.lower()}" for trigger in TRIGGERS}
    assert {"calcom.meeting_started", "calcom.booking_created"} <= told

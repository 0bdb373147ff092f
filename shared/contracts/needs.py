"""Which dependencies the deliveries of a work queue need: while one of those is away the queue is held."""

from collections.abc import Mapping
from typing import Final

from shared.contracts import names

#: ``messages``: SMS and chats by Apprise. ``syncer.calls`` needs none: what a call is must not wait. Of what
#: only some tenants use (``calcom.eu``, a chat server of their own) the deliveries are parked instead.
NEEDS: Final[Mapping[str, frozenset[str]]] = {
    names.PROVISIONER_BRANCHES: frozenset({"retell", "calcom"}),
    names.SYNCER_BOOKINGS: frozenset({"calcom"}),
    names.SYNCER_CALLS: frozenset(),
    names.SYNCER_RECORDINGS: frozenset({"retell"}),
    names.SYNCER_BILLING: frozenset({"stripe"}),
    names.SYNCER_BOOKING_REQUESTS: frozenset({"calcom"}),
    names.NOTIFIER_MAIL: frozenset({"smtp"}),
    names.NOTIFIER_CHAT: frozenset({"chat", "messages"}),
    names.NOTIFIER_SMS: frozenset({"messages"}),
}


def needs_of(queue: str) -> tuple[str, ...]:
    """Names of the circuits of dependencies; none where it is not known."""
    return tuple(sorted(NEEDS.get(queue, ())))


def queues_behind(dependency: str) -> frozenset[str]:
    """The work queues that are held while this circuit is open."""
    return frozenset(queue for queue, needed in NEEDS.items() if dependency in needed)

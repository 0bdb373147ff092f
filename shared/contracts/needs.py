"""Which dependencies the deliveries of a work queue need: while one of those is away the queue is held."""

from collections.abc import Mapping
from typing import Final

from shared.contracts import names

#: ``messages``: SMS and chats by Apprise. ``syncer.calls`` needs none: what a call is must not wait.
NEEDS: Final[Mapping[str, frozenset[str]]] = {
    names.PROVISIONER_BRANCHES: frozenset({"retell", "calcom", "calcom.eu"}),
    names.SYNCER_BOOKINGS: frozenset({"calcom", "calcom.eu"}),
    names.SYNCER_CALLS: frozenset(),
    names.SYNCER_RECORDINGS: frozenset({"retell"}),
    names.SYNCER_BILLING: frozenset({"stripe"}),
    names.SYNCER_BOOKING_REQUESTS: frozenset({"calcom", "calcom.eu"}),
    names.NOTIFIER_MAIL: frozenset({"smtp"}),
    names.NOTIFIER_CHAT: frozenset({"chat", "messages"}),
    names.NOTIFIER_SMS: frozenset({"messages"}),
}


def needs_of(queue: str) -> tuple[str, ...]:
    """Names of the circuits of dependencies; none where it is not known."""
    return tuple(sorted(NEEDS.get(queue, ())))


def queues_behind(dependency: str) -> frozenset[str]:
    """The work queues that need it; ``chat:hooks.example.org`` is a ``chat``."""
    name = dependency.split(":", 1)[0]
    return frozenset(queue for queue, needed in NEEDS.items() if name in needed)

"""Which dependencies the handlers of a work queue call: while one is away, what is sent there only waits."""

from typing import Final

from shared.contracts import names

_NEEDS: Final = {
    names.PROVISIONER_BRANCHES: ("retell", "calcom"),
    names.SYNCER_BOOKINGS: ("calcom",),
    names.SYNCER_RECORDINGS: ("retell",),
    names.SYNCER_BILLING: ("stripe",),
    names.SYNCER_BOOKING_REQUESTS: ("calcom",),
    names.NOTIFIER_MAIL: ("smtp",),
    names.NOTIFIER_CHAT: ("chat", "messages"),
    names.NOTIFIER_SMS: ("messages",),
}


def needs_of(queue: str) -> tuple[str, ...]:
    """Names of the circuits of dependencies; none where it is not known."""
    return _NEEDS.get(queue, ())

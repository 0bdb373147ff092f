"""One table: how long we wait for each dependency, how often we ask, when we stop asking."""

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Policy:
    """How one dependency is called in one use. Times are seconds.

    ``connect``: until a connection stands. ``attempt``: one whole attempt, connection included.
    ``attempts``: within one call. ``deadline``: the whole call with its waits; a call that has less than
    ``connect`` left is not begun. ``fail_max``: consecutive outages that open the circuit. ``rest`` doubles
    with each failed probe up to ``longest_rest``. ``per_minute``: calls one credential may make, None where
    the provider publishes no number. ``reserved``: the part of that budget this use leaves to others.
    ``parks``: its outage is the matter of some tenants, whose deliveries must not fill everybody's window.
    """

    dependency: str
    connect: float
    attempt: float
    attempts: int
    deadline: float
    fail_max: int
    rest: float = 5.0
    longest_rest: float = 20.0
    backoff: float = 0.5
    longest_backoff: float = 4.0
    per_minute: int | None = None
    reserved: float = 0.0
    parks: bool = False

    @property
    def probe_lease(self) -> float:
        """How long a probe may take before another may try: one attempt and a second to report."""
        return self.attempt + 1.0


#: Cal.com's default for an API key.
_CALCOM_PER_MINUTE: Final = 120

CALCOM: Final = Policy(
    "calcom",
    connect=3.0,  # two lost SYN packets (1 s + 2 s) are still no outage
    attempt=15.0,  # a booking takes 1.5-5 s there, and it awaits our own webhook endpoint inside that
    attempts=3,
    deadline=30.0,  # two slow attempts; the rest is redelivery's
    fail_max=5,  # consecutive, over all tenants: at 1 % errors a false opening is one in 10^10
    per_minute=_CALCOM_PER_MINUTE,
    reserved=1 / 3,  # a caller on the line must not wait for a synchronisation
)
CALCOM_VOICE: Final = Policy(
    "calcom.voice",
    connect=1.0,
    attempt=7.0,  # an attempt to book ends 8 s after its request came in: the rest is for the look-up
    attempts=2,
    deadline=7.5,  # a refused connection is tried once more, a slow answer is not
    fail_max=3,  # each failure is a caller who waited
    backoff=0.1,
    longest_backoff=0.3,
    per_minute=_CALCOM_PER_MINUTE,
)
#: Other servers than the rest of the world's: neither is called away because the other is.
CALCOM_EU: Final = replace(CALCOM, dependency="calcom.eu", parks=True)
CALCOM_EU_VOICE: Final = replace(CALCOM_VOICE, dependency="calcom.eu.voice")
RETELL: Final = Policy(
    "retell",
    connect=3.0,
    attempt=15.0,  # publishing a version is the slowest call; their own client waits 60 s
    attempts=3,
    deadline=30.0,
    fail_max=5,
)
STRIPE: Final = Policy(
    "stripe",
    connect=3.0,
    attempt=10.0,  # reads of one object only
    attempts=3,
    deadline=25.0,
    fail_max=5,
)
SMTP: Final = Policy(
    "smtp",
    connect=5.0,  # greylisting servers are slow to greet
    attempt=20.0,  # connect, STARTTLS, login, DATA: up to eight round trips
    attempts=2,
    deadline=45.0,
    fail_max=5,
    backoff=1.0,
)
CHAT: Final = Policy(
    "chat",
    connect=3.0,
    attempt=10.0,
    attempts=3,
    deadline=20.0,
    fail_max=5,
)
#: Somebody waits at the console for whether a new key is good; without an answer it is entered all the same.
CALCOM_KEYS: Final = replace(CALCOM, attempt=5.0, attempts=2, deadline=8.0)
RETELL_KEYS: Final = replace(RETELL, attempt=5.0, attempts=2, deadline=8.0)
#: Apprise answers yes or no after a time of its own choosing: one attempt, redelivery does the rest.
MESSAGES: Final = Policy("messages", connect=5.0, attempt=30.0, attempts=1, deadline=31.0, fail_max=5)

#: A queue that a person has paused: no call goes through it, so that nothing but their word opens or ends it.
PAUSE: Final = Policy("queue", connect=1.0, attempt=1.0, attempts=1, deadline=1.0, fail_max=1)

POLICIES: Final = {
    policy.dependency: policy
    for policy in (
        CALCOM, CALCOM_VOICE, CALCOM_EU, CALCOM_EU_VOICE, RETELL, STRIPE, SMTP, CHAT, MESSAGES,
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CalcomUses:
    """The policies of one region of Cal.com. ``keys``: somebody enters one."""

    common: Policy
    voice: Policy
    keys: Policy


#: By the name of the region.
CALCOM_REGIONS: Final = {
    "default": CalcomUses(CALCOM, CALCOM_VOICE, CALCOM_KEYS),
    "eu": CalcomUses(CALCOM_EU, CALCOM_EU_VOICE, replace(CALCOM_KEYS, dependency=CALCOM_EU.dependency)),
}

"""What processes share about a circuit, and the Protocol of the place where they share it."""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Protocol

from shared.resilience.background import Background

Kind = Literal["dependency", "credential"]
#: ``calcom:acme:budget``: background calls of a company wait here for the next window, callers do not.
BUDGET: Final = ":budget"
#: The reason of a closing that says nothing new about the key: its pause was over by somebody's clock.
PAUSE_OVER: Final = "the pause is over"


@dataclass(frozen=True, slots=True)
class CircuitState:
    """A circuit's row at the moment it was read; ``*_left`` are seconds by the database's clock.

    ``rest_left`` None: only a person or a new key closes it. ``forced``: open or closed, whatever happens.
    """

    name: str
    kind: Kind
    state: Literal["open", "closed"]
    version: int
    reason: str | None = None
    company_id: str | None = None
    opened_at: datetime | None = None
    rest_left: float | None = None
    rest_seconds: float | None = None
    probe_by: str | None = None
    probe_left: float | None = None
    forced: Literal["open", "closed"] | None = None
    forced_by: str | None = None
    forced_reason: str | None = None
    forced_until: datetime | None = None
    forced_left: float | None = None

    @property
    def is_announced(self) -> bool:
        """Worth an event: a budget that is used up for this minute is the usual course of things."""
        return not self.name.endswith(BUDGET)

    @property
    def has_ended_by_itself(self) -> bool:
        """Closed because the time was over, neither by a person nor by a new key."""
        return self.state == "closed" and (self.reason or "").startswith(PAUSE_OVER)

    @property
    def is_forced(self) -> bool:
        """A person's word holds now."""
        return self.forced is not None and (self.forced_left is None or self.forced_left > 0)

    @property
    def has_lapsed(self) -> bool:
        """A person's word held until its time was over, and nobody has told so yet."""
        return self.forced is not None and not self.is_forced


@dataclass(frozen=True, slots=True)
class Opening:
    """Why and for how long a circuit opens. ``status``: of the refusal, where a key was refused.

    ``probe``: found by a probe, which says nothing any more once somebody else has closed the circuit.
    """

    name: str
    kind: Kind
    reason: str
    rest: float | None
    by: str
    company_id: str | None = None
    status: int | None = None
    probe: bool = False

    @property
    def provider(self) -> str:
        """``calcom:acme`` → ``calcom``."""
        return self.name.split(":", 1)[0]


@dataclass(frozen=True, slots=True)
class Forcing:
    """A person's word: ``state`` until ``until`` (None: until taken back). ``state`` None takes it back.

    ``closes``: what was found of the circuit is over as well. ``deed``: its name in the audit trail, which is
    written in the same transaction; None: nobody's deed.
    """

    name: str
    state: Literal["open", "closed"] | None
    person: str
    reason: str
    until: datetime | None = None
    closes: bool = False
    deed: str | None = None


class CircuitStore(Protocol):
    """Shared state. Each method raises InfrastructureError while the database is away.

    A transition and its event are one transaction; of two processes that change the same version one wins,
    the other gets the winner's state back.
    """

    async def read(self) -> Sequence[CircuitState]:
        """Every circuit that was ever opened or forced."""
        ...

    async def open(self, opening: Opening) -> CircuitState:
        """Open it, or lengthen what is open; a failed probe of ``opening.by`` ends with this."""
        ...

    async def close(
        self, name: str, *, by: str, reason: str, version: int | None = None
    ) -> CircuitState | None:
        """Close it; None where it is not open, or no longer as it was in ``version``."""
        ...

    def take_probe(self, name: str, *, by: str, lease: float) -> Coroutine[Any, Any, CircuitState | None]:
        """The state after trying: the probe is ours if ``probe_by`` is ``by``. None: never opened."""
        ...

    async def release_probe(self, name: str, *, by: str) -> None:
        """Give the probe back without a result."""
        ...

    async def force(self, forcing: Forcing) -> CircuitState:
        """Set or take back a person's word."""
        ...

    async def lapse(self, name: str) -> CircuitState | None:
        """Take back a person's word whose time is over, and tell what that changes."""
        ...

    async def parked(self) -> Mapping[str, int]:
        """How many deliveries wait for each circuit in the database."""
        ...

    def changes(self) -> AsyncIterator[str]:
        """Names of circuits as they change, a hint only; ends or raises when the connection is lost."""
        ...


@dataclass(frozen=True, slots=True)
class Shared:
    """What a circuit of this process needs to tell the others, and to be told.

    ``learn`` takes a row over; ``pulse`` wakes whoever waits. ``store`` None: this process is alone.
    ``patience``: a database that takes longer is treated as away, the probe is then each process's own.
    """

    store: CircuitStore | None
    process: str
    background: Background
    learn: Callable[[CircuitState], None]
    pulse: Callable[[str], None]
    patience: float

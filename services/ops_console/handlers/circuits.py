"""A person's word on a circuit, and what there is to know of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, Protocol

from services.ops_console.store.refusals import NotThereError
from shared.contracts.depths import Depth
from shared.contracts.names import PAUSES
from shared.contracts.needs import queues_behind
from shared.resilience.circuit_state import CircuitState, Forcing
from shared.resilience.policies import POLICIES

#: Each company has a key of its own there.
_WITH_KEYS: Final = ("calcom", "retell")


@dataclass(frozen=True, slots=True)
class CircuitView:
    """``parked``: deliveries that wait for it in the database; ``held``: in the queues that need it.

    ``held`` None: the broker cannot be asked; 0 while it lets calls through.
    """

    state: CircuitState
    parked: int
    held: int | None

    @property
    def is_open(self) -> bool:
        """Calls are refused: a person's word counts more than what was found."""
        return is_open(self.state)


class Circuits(Protocol):
    """The circuits of all processes; each method raises InfrastructureError."""

    async def states(self) -> Sequence[CircuitState]: ...

    async def parked(self) -> Mapping[str, int]: ...

    async def say(self, forcing: Forcing) -> None: ...


class Companies(Protocol):
    """The tenants."""

    async def show(self, company_id: str) -> Any:
        """Raises NotThereError."""
        ...


class Queues(Protocol):
    """The broker."""

    async def read(self) -> Mapping[str, Depth]:
        """Raises InfrastructureError."""
        ...


@dataclass(frozen=True, slots=True)
class WatchCircuits:
    """Every dependency's circuit, and each key's that was ever opened or forced, or whose key was changed."""

    circuits: Circuits

    async def __call__(self, depths: Mapping[str, Depth] | None = None) -> dict[str, CircuitView]:
        """By name. ``depths``: to count what is held."""
        rows = {state.name: state for state in await self.circuits.states()}
        parked = await self.circuits.parked()
        known = {name: CircuitState(name, "dependency", "closed", version=0) for name in POLICIES} | rows
        return {
            name: CircuitView(state, parked.get(name, 0), held_behind(state, depths))
            for name, state in sorted(known.items())
            if not name.startswith(PAUSES)
        }


@dataclass(frozen=True, slots=True)
class SwitchCircuit:
    """Each deed and its entry in the audit trail are one transaction.

    Raises NotThereError where no call ever looks at such a circuit: a typo would become one.
    """

    circuits: Circuits
    watch: WatchCircuits
    companies: Companies
    #: Of no company, and of nobody's choice: ours at Stripe.
    others: frozenset[str]

    async def open(self, name: str, person: str, reason: str, minutes: float) -> CircuitView:
        """Refuse calls through it for so long."""
        return await self._say(name, "open", person, reason, minutes=minutes, deed="circuit.opened")

    async def close(self, name: str, person: str, reason: str, minutes: float | None) -> CircuitView:
        """Let calls through; for ``minutes`` whatever comes, without them until calls fail again."""
        if minutes is None:
            return await self._say(name, None, person, reason, closes=True, deed="circuit.closed")
        return await self._say(name, "closed", person, reason, minutes=minutes, deed="circuit.closed")

    async def leave(self, name: str, person: str, reason: str) -> CircuitView:
        """Take a person's word back."""
        return await self._say(name, None, person, reason, deed="circuit.left")

    async def require(self, name: str) -> None:
        """Raises NotThereError: no dependency, no key of a company that there is, and never open before."""
        if name in self.others or name in await self.watch():
            return
        provider, _, company_id = name.partition(":")
        if provider not in _WITH_KEYS or not company_id:
            raise NotThereError(
                f"There is no circuit {name}; askpro circuits shows those there are,"
                " and a company's keys are calcom:COMPANY and retell:COMPANY."
            )
        await self.companies.show(company_id)

    async def _say(
        self,
        name: str,
        state: Literal["open", "closed"] | None,
        person: str,
        reason: str,
        *,
        deed: str,
        minutes: float | None = None,
        closes: bool = False,
    ) -> CircuitView:
        await self.require(name)
        until = in_minutes(minutes)
        await self.circuits.say(Forcing(name, state, person, reason, until, closes=closes, deed=deed))
        return (await self.watch())[name]


def in_minutes(minutes: float | None) -> datetime | None:
    """That many minutes from now; None for None."""
    return None if minutes is None else datetime.now(UTC) + timedelta(minutes=minutes)


def is_open(state: CircuitState) -> bool:
    """Calls through it are refused now."""
    return (state.forced if state.is_forced else state.state) == "open"


def held_behind(state: CircuitState, depths: Mapping[str, Depth] | None) -> int | None:
    """What the queues hold that need this circuit, while it is open; a key's deliveries are parked."""
    if not is_open(state) or state.kind == "credential":
        return 0
    if depths is None:
        return None
    return sum(depths[queue].held for queue in queues_behind(state.name) if queue in depths)

"""Every circuit this process knows: its own findings and, every 2 s or at a hint, everybody else's."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

from prometheus_client import Gauge

from shared.contracts.names import PAUSES
from shared.errors import InfrastructureError
from shared.observability.logging import get_logger
from shared.resilience.background import Background
from shared.resilience.circuit_state import PAUSE_OVER, CircuitState, CircuitStore, Forcing, Shared
from shared.resilience.credential import CredentialCircuit
from shared.resilience.dependency import DependencyCircuit
from shared.resilience.policies import PAUSE, POLICIES, Policy
from shared.resilience.within import within

_log = get_logger("circuits")
_OPEN: Final = Gauge("askpro_circuit_open", "1 while calls are refused.", ("circuit",))
#: NOTIFY is a hint; this is the guarantee.
_READ_EVERY: Final = 2.0
#: A caller may be waiting for the probe.
_PATIENCE: Final = 1.0
#: Hints that come within this time are answered by one reading.
_GATHER: Final = 0.02

Listener = Callable[[CircuitState], None]


class Circuits:
    """One per process. ``store`` None: nothing is shared (a tool, a test of one process).

    ``process`` names this process in the rows, unique among all: whoever wins a probe is told by it.
    """

    def __init__(
        self,
        store: CircuitStore | None,
        *,
        process: str,
        read_every: float = _READ_EVERY,
        patience: float = _PATIENCE,
    ) -> None:
        self._store = store
        self._process = process
        self._read_every = read_every
        self._dependencies: dict[str, DependencyCircuit] = {}
        self._credentials: dict[str, CredentialCircuit] = {}
        self._listeners: list[Listener] = []
        self._background = Background()
        self._shared = Shared(store, process, self._background, self._learn, self._pulse, patience)
        self._changed = asyncio.Event()
        self._hinted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    # --- what the guard and the broker's edge ask ---

    def dependency(self, name: str, policy: Policy) -> DependencyCircuit:
        """The circuit of a dependency; made closed when it is first asked for."""
        if name not in self._dependencies:
            self._dependencies[name] = DependencyCircuit(name, policy, self._shared)
        return self._dependencies[name]

    def credential(self, name: str, company_id: str | None) -> CredentialCircuit:
        """The circuit of a key, ``calcom:<company>``."""
        if name not in self._credentials:
            self._credentials[name] = CredentialCircuit(name, company_id, self._shared)
        return self._credentials[name]

    def is_open(self, name: str) -> bool:
        """Calls through it are refused now; not so once its rest is over, when the next call is the probe.

        A name nobody has met is closed.
        """
        circuit = self._find(name)
        return circuit is not None and circuit.refuses

    def retry_after(self, name: str) -> float | None:
        """Seconds until an attempt may be worth it; None where only a person or a new key helps."""
        circuit = self._find(name)
        return 0.0 if circuit is None else circuit.retry_after

    async def wait_until_allowed(self, gate: str, timeout: float) -> bool:  # noqa: ASYNC109  # part of the answer
        """True as soon as a call through ``gate`` may be attempted; False after ``timeout`` seconds.

        When a rest is over one waiter at a time is let through to probe, the others wait for its result.
        """
        deadline = time.monotonic() + timeout
        while (circuit := self._find(gate)) is not None and not circuit.may_attempt():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            # A rest that is over, or a turn not taken, is no change: looked at again after a short while.
            pause = min(left, max(circuit.retry_after or 0.0, 0.1), self._read_every)
            await self._set_within(self._changed, pause)
        return True

    def listen(self, callback: Listener) -> None:
        """``callback`` is told each change of a row that this process learns of; it must not raise."""
        self._listeners.append(callback)

    # --- what a person asks; each raises InfrastructureError while the database is away ---

    async def states(self) -> Sequence[CircuitState]:
        """Every row."""
        return await self._store.read() if self._store else ()

    async def close(self, name: str, *, by: str, reason: str) -> bool:
        """Close it: by a person, or because its key has changed. False where it was not open."""
        state = await self._store.close(name, by=by, reason=reason) if self._store else None
        if state is not None:
            self._learn(state)
        return state is not None

    async def parked(self) -> Mapping[str, int]:
        """How many deliveries wait for each circuit in the database."""
        return await self._store.parked() if self._store else {}

    async def force(
        self,
        name: str,
        state: Literal["open", "closed"] | None,
        *,
        person: str,
        reason: str,
        until: datetime | None,
    ) -> None:
        """A person's word on a circuit until ``until``; ``state`` None takes it back."""
        await self.say(Forcing(name, state, person, reason, until))

    async def say(self, forcing: Forcing) -> None:
        """As ``force``, with all that a person can say."""
        if self._store:
            self._learn(await self._store.force(forcing))

    # --- life ---

    async def start(self) -> None:
        """Begin to read and to listen; returns at once, the database may be away."""
        if self._store is not None:
            self._tasks = [
                asyncio.create_task(self._read_for_ever(self._store), name="circuits-read"),
                asyncio.create_task(self._listen_for_ever(self._store), name="circuits-listen"),
            ]

    async def stop(self) -> None:
        """End the background work; results on their way to the database are given two seconds."""
        with contextlib.suppress(TimeoutError):
            async with within(2.0):
                await self._background.idle()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._background.cancel()

    async def refresh(self) -> None:
        """Read every row now. Raises InfrastructureError while the database is away."""
        if self._store is None:
            return
        for state in await self._store.read():
            self._learn(state)

    async def _read_for_ever(self, store: CircuitStore) -> None:
        while True:
            try:
                await self.refresh()
            except InfrastructureError:
                _log.debug("circuits.unreadable")
            except Exception:  # noqa: BLE001  # the task must outlive whatever one reading met
                _log.exception("circuits.unreadable")
            if await self._set_within(self._hinted, self._read_every):
                await asyncio.sleep(_GATHER)
                self._hinted.clear()

    async def _listen_for_ever(self, store: CircuitStore) -> None:
        while True:
            with contextlib.suppress(InfrastructureError):
                async for _ in store.changes():
                    self._hinted.set()
            await asyncio.sleep(self._read_every)

    def _learn(self, state: CircuitState) -> None:
        if self._is_over(state):
            self._end(state)
        if state.has_lapsed and self._store is not None:
            self._background.run(self._lapse(self._store, state.name))
        if not self._circuit_of(state).apply(state):
            return
        self._pulse(state.name)
        for tell in self._listeners:
            tell(state)

    @staticmethod
    def _is_over(state: CircuitState) -> bool:
        """The pause of a 429 has passed: nobody probes a key, whoever sees it first closes the row."""
        waits = state.rest_left is not None and state.rest_left <= 0
        return state.kind == "credential" and state.state == "open" and waits

    def _end(self, state: CircuitState) -> None:
        if self._store is not None:
            self._background.run(self._end_pause(self._store, state))

    async def _end_pause(self, store: CircuitStore, state: CircuitState) -> None:
        # As it was read: a new 429, or a key refused since, has a pause of its own.
        ended = await store.close(state.name, by=self._process, reason=PAUSE_OVER, version=state.version)
        if ended is not None:
            self._learn(ended)

    async def _lapse(self, store: CircuitStore, name: str) -> None:
        if (state := await store.lapse(name)) is not None:
            self._learn(state)

    def _circuit_of(self, state: CircuitState) -> DependencyCircuit | CredentialCircuit:
        if state.kind == "credential":
            return self.credential(state.name, state.company_id)
        return self.dependency(state.name, policy_of(state.name))

    def _find(self, name: str) -> DependencyCircuit | CredentialCircuit | None:
        return self._dependencies.get(name) or self._credentials.get(name)

    def _pulse(self, name: str) -> None:
        if name in self._dependencies or self.is_open(name):
            _OPEN.labels(name).set(self.is_open(name))
        else:
            # One series per company that has trouble, not one per company that ever had.
            _OPEN.remove_by_labels({"circuit": name})
        self._changed.set()
        self._changed = asyncio.Event()

    @staticmethod
    async def _set_within(event: asyncio.Event, seconds: float) -> bool:
        try:
            async with within(seconds):
                return await event.wait()
        except TimeoutError:
            return False


def policy_of(name: str) -> Policy:
    """The policy of a dependency's circuit: ``chat:hooks.example.org`` is a ``chat``."""
    if name.startswith(PAUSES):
        return PAUSE
    return POLICIES.get(name.split(":", 1)[0], POLICIES["calcom"])

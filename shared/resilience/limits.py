"""One budget of calls per credential, for every service and replica together."""

import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final, Protocol

from shared.errors import InfrastructureError
from shared.resilience.background import Background
from shared.resilience.headers import Allowance
from shared.resilience.policies import Policy

#: Without the database each process takes this part: three services call Cal.com, in two replicas each.
_PROCESSES: Final = 6
#: A database slower than this is treated as away: a caller waits for the answer.
_PATIENCE: Final = 0.5
#: A database that is away is not asked by each call anew: of a black hole each would wait half a second.
_REST: Final = 2.0
#: Headers count answers in the order they were sent, not in ours: a small difference is no news.
_NEWS: Final = 5


@dataclass(frozen=True, slots=True)
class Grant:
    """``wait`` 0: the call may be made, ``remaining`` are left. Else the seconds until the window ends."""

    wait: float
    remaining: float = 0.0


class BudgetStore(Protocol):
    """Shared budgets. Raises InfrastructureError while the database is away."""

    def take(self, name: str, *, per_minute: int, reserved: float) -> Coroutine[Any, Any, Grant]:
        """One call out of ``name``'s budget, the part ``reserved`` of which stays for others."""
        ...

    async def correct(self, name: str, allowance: Allowance) -> None:
        """Take over what the provider says about its own count."""
        ...


class Limits:
    """One per process. ``store`` None: the budget is this process's own. ``patience``: for the database."""

    def __init__(self, store: BudgetStore | None, *, patience: float = _PATIENCE) -> None:
        self._store = store
        self._patience = patience
        self._alone: dict[str, _Window] = {}
        self._seen: dict[str, float] = {}
        self._told: dict[str, int | None] = {}
        self._alone_until = 0.0
        self._background = Background()

    async def take(self, credential: str, policy: Policy) -> float:
        """0 when a call may be made, else the seconds to wait before asking again."""
        if policy.per_minute is None:
            return 0.0
        grant = await self._shared(credential, policy)
        self._seen[credential] = grant.remaining
        return grant.wait

    async def _shared(self, credential: str, policy: Policy) -> Grant:
        limit = policy.per_minute or 0
        if self._store is None:
            return self._own(credential, limit, policy)
        if time.monotonic() >= self._alone_until:
            try:
                taking = self._store.take(credential, per_minute=limit, reserved=policy.reserved)
                return await self._background.within(self._patience, taking)
            except (InfrastructureError, TimeoutError):
                self._alone_until = time.monotonic() + _REST
        return self._own(credential, max(1, limit // _PROCESSES), policy)

    def _own(self, credential: str, limit: int, policy: Policy) -> Grant:
        window = self._alone.setdefault(credential, _Window())
        return window.take(limit, limit * policy.reserved)

    def correct(self, credential: str, allowance: Allowance, *, usual: int | None = None) -> None:
        """What the headers of an answer said; written where it is news, without delaying the call.

        ``usual``: calls a minute where the provider says nothing else.
        """
        if self._store is None or allowance.remaining is None:
            return
        limit = allowance.limit or self._told.get(credential, usual)
        fewer = allowance.remaining < self._seen.get(credential, float("inf")) - _NEWS
        if fewer or limit != self._told.get(credential, usual):
            self._seen[credential], self._told[credential] = allowance.remaining, limit
            self._background.run(self._store.correct(credential, allowance))

    async def stop(self) -> None:
        """End the corrections that are still on their way."""
        await self._background.cancel()


class _Window:
    """A minute of calls, counted in this process."""

    def __init__(self) -> None:
        self._ends = 0.0
        self._taken = 0

    def take(self, limit: int, keep: float) -> Grant:
        now = time.monotonic()
        if now >= self._ends:
            self._ends, self._taken = now + 60.0, 0
        if self._taken + 1 > limit - keep:
            return Grant(self._ends - now)
        self._taken += 1
        return Grant(0.0, limit - self._taken)

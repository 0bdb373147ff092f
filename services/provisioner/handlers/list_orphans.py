"""What is left over at the providers → the list that people see. Nothing is removed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, get_args

from services.provisioner.handlers.orphans import FindOrphans
from services.provisioner.handlers.rounds import each_of
from services.provisioner.store import Orphans
from shared.contracts.orphans import Kind, Provider
from shared.errors import AskProError

_PROVIDERS: Final[tuple[Provider, ...]] = get_args(Provider)


@dataclass(frozen=True, slots=True)
class ListOrphans:
    """One round over the companies whose turn it is, each every ``every`` seconds at each provider."""

    orphans: Orphans
    find: FindOrphans
    unread: Callable[[str, Provider, Exception], None]
    counted: Callable[[Mapping[Kind, int]], None]
    every: float

    async def __call__(self) -> None:
        """One that cannot be looked at is reported; its list stays as it was.

        Raises:
            Exception: a bug or the database, after everybody had their turn.
        """
        for provider in _PROVIDERS:
            claimed = await self.orphans.claim(provider, self.every)
            await each_of(claimed, partial(self._look, provider))
        self.counted(await self.orphans.counts())

    async def _look(self, provider: Provider, company_id: str) -> None:
        since = await self.orphans.moment()
        try:
            found = await self.find(company_id, provider)
        except AskProError as error:
            self.unread(company_id, provider, error)
        else:
            await self.orphans.write(company_id, provider, found.orphans, since=since)

"""Budgets of calls per credential: one UPDATE … RETURNING for each call, over all services and replicas."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.engine import Database
from shared.errors import CredentialOpenError
from shared.resilience.headers import Allowance
from shared.resilience.limits import Grant

#: A window that is over begins anew with the call that finds it so.
_TAKE: Final = text(
    """
    insert into rate_budgets as b (name, per_minute, remaining, window_ends)
    values (:name, :per_minute, :per_minute - 1, clock_timestamp() + interval '60 seconds')
    on conflict (name) do update set
        remaining = case when b.window_ends <= clock_timestamp() then b.per_minute else b.remaining end - 1,
        window_ends = case when b.window_ends <= clock_timestamp()
            then clock_timestamp() + interval '60 seconds' else b.window_ends end,
        updated_at = now()
    where (b.window_ends <= clock_timestamp() or b.remaining - 1 >= b.per_minute * :reserved)
        and not exists (
            select 1 from circuits c where c.name = b.name and c.state = 'open' and c.forced is null)
    returning remaining
    """
)
_WINDOW: Final = text(
    """
    select greatest(extract(epoch from b.window_ends - clock_timestamp()), 0) as window_left,
        b.remaining - 1 < b.per_minute * :reserved as is_spent,
        extract(epoch from c.rest_until - clock_timestamp()) as pause_left,
        c.name is not null as is_open
    from rate_budgets b left join circuits c
        on c.name = b.name and c.state = 'open' and c.forced is null
    where b.name = :name
    """
)
#: 0 would read as granted.
_A_LITTLE: Final = 0.05
#: The provider's count is the true one where it is lower: others may use the key as well. A limit that it
#: has raised for a company is there at once.
_CORRECT: Final = text(
    """
    update rate_budgets set
        per_minute = coalesce(:limit, per_minute),
        remaining = least(
            remaining + greatest(coalesce(:limit, per_minute) - per_minute, 0), :remaining),
        window_ends = case when cast(:resets_in as float) is null then window_ends
            else clock_timestamp() + cast(:resets_in as float) * interval '1 second' end,
        updated_at = now()
    where name = :name
    """
)


class PostgresBudgets:
    """Implements ``BudgetStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, name: str, *, per_minute: int, reserved: float) -> Grant:
        """One call, or how long until there are new ones. ``per_minute``: until a header corrects it.

        The key's circuit is looked at in the same statement: a process that has not heard of it yet does
        not ask the provider either.

        Raises:
            CredentialOpenError: the key's circuit is open.
        """
        values = {"name": name, "per_minute": per_minute, "reserved": reserved}
        async with self._database.single() as connection:
            remaining = (await connection.execute(_TAKE, values)).scalar_one_or_none()
            if remaining is not None:
                return Grant(0.0, float(remaining))
            return Grant(await _seconds_left(connection, name, reserved))

    async def correct(self, name: str, allowance: Allowance) -> None:
        """Take over the provider's own count."""
        values = {
            "name": name,
            "limit": allowance.limit,
            "remaining": allowance.remaining,
            "resets_in": allowance.resets_in,
        }
        async with self._database.single() as connection:
            await connection.execute(_CORRECT, values)


async def _seconds_left(connection: AsyncConnection, name: str, reserved: float) -> float:
    """Why the call was refused, asked a moment later: the key may have closed by then, with calls left."""
    left = (await connection.execute(_WINDOW, {"name": name, "reserved": reserved})).one()
    if left.is_open:
        pause = None if left.pause_left is None else max(0.0, float(left.pause_left))
        raise CredentialOpenError(f"{name} is open", circuit=name, retry_after=pause)
    return max(float(left.window_left), _A_LITTLE) if left.is_spent else _A_LITTLE

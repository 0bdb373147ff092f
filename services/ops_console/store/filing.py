"""Dead letters that the broker gave up itself become rows like all others."""

from shared.db.burial import bury
from shared.db.engine import Database
from shared.db.failures import Content, Failure
from shared.db.settling import CurrentDelivery


class Filing:
    """Table ``deliveries``, state ``dead``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def bury(self, delivery: CurrentDelivery, content: Content, failure: Failure, reason: str) -> bool:
        """False where a row says already what became of it."""
        async with self._database.transaction() as session:
            # Who rejects has written its row before: what is open again was sent again by a person.
            return await bury(
                session,
                delivery,
                content,
                failure,
                reason,
                source="ops_console",
                unless_told=reason == "rejected",
            )

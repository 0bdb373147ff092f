"""An operator into the database."""

from sqlalchemy.exc import SQLAlchemyError

from services.ops_console.handlers.login import add_operator
from services.ops_console.store.operators import Operators, Role
from shared.clients.console import ConsoleError
from shared.db.engine import Database


async def register(url: str, name: str, password: str, role: Role | None, by: str = "askpro") -> Role:
    """Add or change; returns the role that holds now. ``by``: who stands in the audit.

    Raises:
        ConsoleError: the database has no tables yet, or refuses.
        InfrastructureError: it does not answer.
    """
    database = Database(url, application="askpro.cli", pool_size=1)
    try:
        return await add_operator(Operators(database), name, password, role, by)
    except SQLAlchemyError as error:
        first = str(error).splitlines()[0]
        raise ConsoleError(f"The database refused: {first}. askpro doctor tells what is missing.") from error
    finally:
        await database.close()

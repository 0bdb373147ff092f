"""What the routes of operators and their sessions are given."""

from dataclasses import dataclass

from services.ops_console.handlers.acquaintances import Acquaintances
from services.ops_console.handlers.login import Authenticate, LogIn
from services.ops_console.store.operators import Operators
from services.ops_console.store.people import People


@dataclass(frozen=True)
class PeopleParts:
    """For operators and their sessions.

    ``secure``: cookies are for https alone.
    """

    operators: Operators
    people: People
    acquaintances: Acquaintances
    authenticate: Authenticate
    log_in: LogIn
    secure: bool
    session_seconds: int

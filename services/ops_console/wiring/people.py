"""Operators: who they are, and how they come in."""

from datetime import timedelta

from services.ops_console.handlers.acquaintances import Acquaintances
from services.ops_console.handlers.login import Authenticate, LogIn
from services.ops_console.routes import operators
from services.ops_console.routes.parts.people import PeopleParts
from services.ops_console.routes.web import login
from services.ops_console.routes.web import operators as web_operators
from services.ops_console.settings import ConsoleSettings
from services.ops_console.store.attempts import Attempts
from services.ops_console.store.operators import Operators
from services.ops_console.store.people import People
from shared.health.platform import Platform

ROUTES = (login, operators, web_operators)


def wire(platform: Platform, settings: ConsoleSettings) -> PeopleParts:
    """Sessions and passwords."""
    database, lasts = platform.database, timedelta(hours=settings.console_session_hours)
    idle = timedelta(minutes=settings.console_idle_minutes)
    people = Operators(database, idle=idle)
    # All processes have this key: they must count a name that is nobody's together.
    key = settings.encryption_keys[0].get_secret_value().encode()
    authenticate = Authenticate(people, Attempts(database, key))
    return PeopleParts(
        operators=people,
        people=People(database, idle=idle),
        acquaintances=Acquaintances(),
        authenticate=authenticate,
        log_in=LogIn(authenticate, people, lasts),
        secure=(settings.console_public_url or "").startswith("https://"),
        session_seconds=int(lasts.total_seconds()),
    )

"""Operators: who they are, and how they come in."""

from datetime import timedelta

from services.ops_console.handlers.acquaintances import Acquaintances
from services.ops_console.handlers.login import Authenticate, LogIn
from services.ops_console.routes.parts.people import PeopleParts
from services.ops_console.routes.web import login
from services.ops_console.settings import ConsoleSettings
from services.ops_console.store.audit import Audit
from services.ops_console.store.operators import Operators
from shared.health.platform import Platform

ROUTES = (login,)


def wire(platform: Platform, settings: ConsoleSettings) -> PeopleParts:
    """Sessions and passwords."""
    people, lasts = Operators(platform.database), timedelta(hours=settings.console_session_hours)
    authenticate = Authenticate(people, Audit(platform.database))
    return PeopleParts(
        operators=people,
        acquaintances=Acquaintances(),
        authenticate=authenticate,
        log_in=LogIn(authenticate, people, lasts),
        secure=(settings.console_public_url or "").startswith("https://"),
        session_seconds=int(lasts.total_seconds()),
    )

"""Appointments, calls, and who waits to be called back."""

from services.ops_console.routes import records
from services.ops_console.routes.parts.work import WorkParts
from services.ops_console.routes.web import records as web_records
from services.ops_console.settings import ConsoleSettings
from services.ops_console.store.records import Records
from shared.health.platform import Platform

ROUTES = (records, web_records)


def wire(platform: Platform, settings: ConsoleSettings) -> WorkParts:
    """What the syncer wrote."""
    return WorkParts(records=Records(platform.database))

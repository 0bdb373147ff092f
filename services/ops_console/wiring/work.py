"""Appointments, calls, what waits for a person, and what callers hear today."""

from services.ops_console.routes import appointments, calls, notices, records, work
from services.ops_console.routes.parts.work import WorkParts
from services.ops_console.routes.web import appointments as web_appointments
from services.ops_console.routes.web import calls as web_calls
from services.ops_console.routes.web import notices as web_notices
from services.ops_console.routes.web import work as web_work
from services.ops_console.settings import ConsoleSettings
from services.ops_console.store.appointments import Appointments
from services.ops_console.store.calls import Calls
from services.ops_console.store.closing import Tasks
from services.ops_console.store.lights import Lights
from services.ops_console.store.notices import Notices
from services.ops_console.store.records import Records
from services.ops_console.store.work import Work
from shared.health.platform import Platform

ROUTES = (
    appointments, calls, work, notices, records,
    web_appointments, web_calls, web_work, web_notices,
)  # fmt: skip


def wire(platform: Platform, settings: ConsoleSettings) -> WorkParts:
    """What the syncer wrote, and what people make of it."""
    database = platform.database
    return WorkParts(
        appointments=Appointments(database),
        calls=Calls(database),
        work=Work(database),
        tasks=Tasks(database),
        notices=Notices(database),
        lights=Lights(database),
        records=Records(database),
    )

"""What the routes of appointments, calls, tasks and notices are given."""

from dataclasses import dataclass

from services.ops_console.store.appointments import Appointments
from services.ops_console.store.calls import Calls
from services.ops_console.store.closing import Tasks
from services.ops_console.store.lights import Lights
from services.ops_console.store.notices import Notices
from services.ops_console.store.records import Records
from services.ops_console.store.work import Work


@dataclass(frozen=True)
class WorkParts:
    """For appointments, calls, tasks and notices of the day."""

    appointments: Appointments
    calls: Calls
    work: Work
    tasks: Tasks
    notices: Notices
    lights: Lights
    records: Records

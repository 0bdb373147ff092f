"""What the routes of appointments, calls and callbacks are given."""

from dataclasses import dataclass

from services.ops_console.store.records import Records


@dataclass(frozen=True)
class WorkParts:
    """For appointments, calls and callbacks."""

    records: Records

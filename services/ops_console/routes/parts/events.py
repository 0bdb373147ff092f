"""What the routes of the event log are given."""

from dataclasses import dataclass

from services.ops_console.store.events import Events


@dataclass(frozen=True)
class EventParts:
    """For the event log."""

    events: Events

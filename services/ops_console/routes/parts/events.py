"""What the routes of the event log and of refused requests are given."""

from dataclasses import dataclass

from services.ops_console.handlers.reingest import Reingest
from services.ops_console.store.event_search import EventSearch
from services.ops_console.store.events import Events
from services.ops_console.store.rejected import RejectedRequests


@dataclass(frozen=True)
class EventParts:
    """For the event log and refused requests."""

    events: Events
    event_search: EventSearch
    rejected: RejectedRequests
    reingest: Reingest

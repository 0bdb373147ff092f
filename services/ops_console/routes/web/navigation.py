"""The console's pages in the order of the navigation, each with its key: ``g`` and then the letter."""

from typing import Final, NamedTuple

from services.ops_console.store.operators import Role


class Entry(NamedTuple):
    """``word``: its name in the words. ``key``: small letter, each once. ``role``: who may open it."""

    address: str
    word: str
    key: str
    role: Role = "viewer"


NAVIGATION: Final = (
    Entry("/", "overview", "o"),
    Entry("/dead-letters", "dead_letters", "d"),
    Entry("/operations", "operations", "m"),
    Entry("/queues", "queues", "q"),
    Entry("/circuits", "circuits", "s"),
    Entry("/events", "events", "e"),
    Entry("/rejected", "rejected_requests", "r"),
    Entry("/work", "work", "w"),
    Entry("/appointments", "appointments", "a"),
    Entry("/calls", "calls", "c"),
    Entry("/companies", "companies", "f"),
    Entry("/branches", "branches", "b"),
    Entry("/catalogue", "catalogue", "k"),
    Entry("/orphans", "orphans", "x"),
    Entry("/audit", "audit", "l", "operator"),
    Entry("/operators", "operators", "p", "admin"),
)

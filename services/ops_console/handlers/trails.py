"""Causes and effects as a tree: each event below the one that caused it."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeVar

Event = TypeVar("Event")


def tree_of(
    events: Sequence[Event], id_of: Callable[[Event], str], cause_of: Callable[[Event], str | None]
) -> list[tuple[int, Event]]:
    """(depth, event): each right after its cause, in the order given; a cause that is not there makes a root.

    Hand-made events may cause each other in a circle: each is told once.
    """
    there = {id_of(event) for event in events}
    effects: dict[str | None, list[Event]] = defaultdict(list)
    for event in events:
        cause = cause_of(event)
        effects[cause if cause in there else None].append(event)
    found: dict[str, tuple[int, Event]] = {}

    def tell(event: Event, depth: int) -> None:
        if id_of(event) not in found:
            found[id_of(event)] = (depth, event)
            for effect in effects[id_of(event)]:
                tell(effect, depth + 1)

    for event in [*effects[None], *events]:
        tell(event, 0)
    return list(found.values())

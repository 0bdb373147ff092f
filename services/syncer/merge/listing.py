"""What Cal.com lists of a company."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.contracts.catalogue import EventType


@dataclass(frozen=True, slots=True)
class Listing:
    """``unread_teams``: Cal.com did not show what they have; it is not known now, and not gone."""

    event_types: Sequence[EventType]
    unread_teams: frozenset[int] = frozenset()

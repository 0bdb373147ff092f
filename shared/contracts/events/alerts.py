"""What operators must hear of: groups of dead letters, letters nobody looks at, circuits that stay open."""

from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts.events.base import OwnEvent


class _OfGroup(OwnEvent):
    """Dead letters of one error at one place in one queue."""

    group_id: str
    queue: str
    error_class: str
    place: str

    def subject(self) -> str:
        """The group."""
        return self.group_id


class GroupAppeared(_OfGroup):
    """Something fails that did not before. ``again``: it was taken for done or seen, and recurs."""

    type: ClassVar[str] = "group.appeared"
    identity: ClassVar[tuple[str, ...]] = ("group_id", "seen_at")

    seen_at: AwareDatetime
    again: bool = False


class GroupGrew(_OfGroup):
    """Ten times as many died within this hour as were told of last, or as died within the hour before."""

    type: ClassVar[str] = "group.grew"
    identity: ClassVar[tuple[str, ...]] = ("group_id", "hour", "number")

    hour: AwareDatetime
    number: int


class DeadLetterAged(_OfGroup):
    """The oldest dead letter of a group has waited for ``hours`` and more for somebody to decide."""

    type: ClassVar[str] = "dead_letter.aged"
    identity: ClassVar[tuple[str, ...]] = ("group_id", "letter_id", "died_at")

    letter_id: int
    died_at: AwareDatetime
    hours: float
    open: int


class CircuitStuck(OwnEvent):
    """A circuit has been open for ``minutes`` and more. ``waiting``: deliveries behind it, where known."""

    type: ClassVar[str] = "circuit.stuck"
    identity: ClassVar[tuple[str, ...]] = ("circuit", "opened_at")

    circuit: str
    opened_at: AwareDatetime
    minutes: float
    reason: str = ""
    waiting: int | None = None
    company_id: str | None = None

    def subject(self) -> str:
        """The circuit."""
        return self.circuit

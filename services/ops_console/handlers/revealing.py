"""Personal data of a payload, shown to who may see it: the entry in the audit comes first."""

from dataclasses import dataclass
from typing import Any, Final, Protocol

from services.ops_console.store.operators import Person
from services.ops_console.store.refusals import NotAllowedError

REVEALED: Final = "payload.revealed"


class Notes(Protocol):
    """Where deeds are written down."""

    async def note(self, operator: str, action: str, target: str, **details: Any) -> None:
        """One."""
        ...


@dataclass(frozen=True, slots=True)
class Reveal:
    """Each look is a deed of its own."""

    notes: Notes

    async def __call__(self, person: Person, target: str, reason: str) -> None:
        """Returns once it is written down that ``person`` looks at ``target``.

        Raises:
            NotAllowedError: this person may not.
        """
        if not person.may_reveal:
            raise NotAllowedError(f"{person.name} may not reveal personal data; an admin can allow it.")
        await self.notes.note(person.name, REVEALED, target, reason=reason)

"""Why the console says no to a person; the text tells what to do next."""

from collections.abc import Sequence
from typing import ClassVar

from shared.contracts.soundness import Fault
from shared.errors import PermanentError


class RefusedError(PermanentError):
    """Base. ``status`` is the HTTP status of the answer."""

    status: ClassVar[int] = 409


class NotThereError(RefusedError):
    """Nothing of that name."""

    status: ClassVar[int] = 404


class NotPossibleError(RefusedError):
    """It exists, but is in a state in which that makes no sense."""


class NotAllowedError(RefusedError):
    """The person is known, but may not do that."""

    status: ClassVar[int] = 403


class NotSoundError(RefusedError):
    """What was sent breaks a rule that the shape alone does not show."""

    status: ClassVar[int] = 422


class BreaksContractError(NotSoundError):
    """An edited event would break the contract of its type; ``faults`` say where."""

    def __init__(self, event_type: str, faults: Sequence[Fault]) -> None:
        told = "; ".join(f"{one.field or 'data'}: {one.message}" for one in faults[:5])
        super().__init__(f"It would break the contract of {event_type}: {told}.")
        self.faults = tuple(faults)


class NotKnownError(RefusedError):
    """Nobody is logged in, or name and password do not fit."""

    status: ClassVar[int] = 401


class TooOftenError(RefusedError):
    """Too many failed logins; ``Retry-After`` goes with the answer."""

    status: ClassVar[int] = 429

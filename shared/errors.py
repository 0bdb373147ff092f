"""Every error that decides what becomes of a delivery or an answer.

AskProError
├── TransientError             worth another try; ``retry_after`` is a floor, ``retry_within`` a ceiling
│   ├── UnknownOutcomeError    sent, no answer: look before you create again
│   ├── RefusedForNowError     an answer, "not now": no outage, counts for no circuit
│   ├── RateLimitedError       429: parked behind its credential's circuit
│   ├── CredentialOpenError    the credential's circuit is open: parked
│   ├── DependencyOpenError    the dependency's circuit is open: held
│   └── InfrastructureError    database or broker away: held
└── PermanentError             trying again changes nothing
    ├── PoisonMessageError     the envelope does not parse (raised by the envelope parser only)
    ├── InvalidEventError      the envelope parses, its data breaks the event's contract
    ├── UnexpectedAnswerError  a provider's answer is JSON, but not what its contract says
    └── ProviderRefusedError   a 4xx of a provider, with its status and words
        ├── CredentialRejectedError   401, 402, 403: opens the credential's circuit
        ├── NotFoundError             404, and Retell's 422 "cannot find requested asset"
        └── ConflictError             409
"""

from typing import ClassVar


class AskProError(Exception):
    """Base of every error raised on purpose."""


class TransientError(AskProError):
    """Worth another try.

    ``retry_after``: earliest next try in seconds, None where nobody said.
    ``retry_within``: what hinders it is over after that many seconds; waiting longer helps nobody.
    ``gate``: what has to open first; the same attempt is made again then. The guard names the circuit that
    stands open after a failed call: neither the call that opened it nor its probes cost a delivery anything.
    ``circuit``: the same of what is one company's matter: the delivery is parked until that circuit closes.
    ``answered``: the other side is there and said so: no outage, counts for no circuit.
    """

    gate: str | None = None
    circuit: str | None = None
    answered: bool = False

    def __init__(
        self, message: str = "", *, retry_after: float | None = None, retry_within: float | None = None
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.retry_within = retry_within


class UnknownOutcomeError(TransientError):
    """The request left us and no answer came: it may have had its effect."""


class RefusedForNowError(TransientError):
    """The other side is there and says "not now", such as a mail server that greylists."""

    answered = True


class RateLimitedError(TransientError):
    """A provider answered 429. ``circuit`` names the credential's circuit that stays open until it allows."""

    circuit: str
    answered = True

    def __init__(self, message: str = "", *, circuit: str, retry_after: float | None = None) -> None:
        super().__init__(message, retry_after=retry_after)
        self.circuit = circuit


class CredentialOpenError(TransientError):
    """The circuit of a company's credential is open; nothing was sent."""

    circuit: str

    def __init__(self, message: str = "", *, circuit: str, retry_after: float | None = None) -> None:
        super().__init__(message, retry_after=retry_after)
        self.circuit = circuit


class DependencyOpenError(TransientError):
    """The circuit of a dependency is open; nothing was sent. ``gate`` is the circuit's name."""

    gate: str

    def __init__(self, message: str = "", *, gate: str, retry_after: float | None = None) -> None:
        super().__init__(message, retry_after=retry_after)
        self.gate = gate


class InfrastructureError(TransientError):
    """Our own database, cache or broker did not answer. ``gate``: ``database`` or ``broker``."""

    gate: str

    def __init__(self, message: str = "", *, gate: str, retry_after: float | None = None) -> None:
        super().__init__(message, retry_after=retry_after)
        self.gate = gate


class PermanentError(AskProError):
    """Trying again changes nothing; a person or a new event has to."""


class PoisonMessageError(PermanentError):
    """The bytes are no envelope."""


class InvalidEventError(PermanentError):
    """The envelope is sound, its data breaks the contract of its type."""


class UnexpectedAnswerError(PermanentError):
    """A provider answered 2xx with JSON of another shape than its contract: not our poison message."""


class ProviderRefusedError(PermanentError):
    """A provider said no. ``status`` is its HTTP status, ``detail`` its words (at most 2,000 characters)."""

    detail_limit: ClassVar[int] = 2_000

    def __init__(self, message: str, *, status: int, detail: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.detail = detail[: self.detail_limit]


class CredentialRejectedError(ProviderRefusedError):
    """401, 402 or 403: the key is wrong, unpaid or not allowed. ``circuit`` is the credential's circuit."""

    def __init__(self, message: str, *, status: int, circuit: str, detail: str = "") -> None:
        super().__init__(message, status=status, detail=detail)
        self.circuit = circuit


class NotFoundError(ProviderRefusedError):
    """The provider does not know the thing asked for."""


class ConflictError(ProviderRefusedError):
    """409: the thing exists already, or changed meanwhile."""

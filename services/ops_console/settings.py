"""What the console reads from the environment beyond what every service reads."""

from pydantic import Field, SecretStr

from shared.settings import BaseUrl, ServiceSettings


class ConsoleSettings(ServiceSettings):
    """``console_public_url``: where people open it; https makes the session's cookie Secure.

    ``circuit_stuck_minutes``: people are told of a circuit that has been open for so long.
    ``event_retention_days``: what is older and settled is folded into counts; 0 keeps everything.
    ``dead_letter_aged_hours``: operators are told of what nobody has decided about for so long.

    ``rejected_retention_days``: how long requests that ingest refused are kept to be taken in after all.

    ``console_session_hours``: until a login ends, used or not; ``console_idle_minutes``: unused.

    The two secrets sign what ``askpro webhooks send`` posts; without them it can send only a company's own.
    """

    console_public_url: BaseUrl | None = None
    ingest_public_url: BaseUrl | None = None
    stripe_webhook_secret: SecretStr | None = None
    events_secret: SecretStr | None = None
    smtp_url: SecretStr | None = None
    console_session_hours: float = Field(default=12.0, gt=0)
    circuit_stuck_minutes: float = Field(default=15.0, gt=0)
    event_retention_days: int = Field(default=90, ge=0)
    dead_letter_aged_hours: float = Field(default=24.0, gt=0)
    rejected_retention_days: int = Field(default=14, gt=0)
    console_idle_minutes: float = Field(default=60.0, gt=0)


def revealed(secret: SecretStr | None) -> str | None:
    """In plain text, None where it is not set."""
    return None if secret is None else secret.get_secret_value()

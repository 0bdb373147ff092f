"""What ingest reads from the environment beyond what every service reads."""

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings


class IngestSettings(ServiceSettings):
    """``ingest_rate_per_company`` in requests per second, ``ingest_max_body_bytes`` per request.

    ``ingest_answer_seconds``: from a body's last byte to the answer, unless the broker is away and the outbox
    slow; ``ingest_confirm_seconds`` of them at most are spent on waiting for the broker.
    ``ingest_credentials_seconds``: how long a company's keys are believed without another look; a signature
    that does not fit them has them looked up sooner.
    """

    stripe_webhook_secret: SecretStr | None = None
    events_secret: SecretStr
    ingest_rate_per_company: int = Field(default=2_000, gt=0)
    # Calls carry whole transcripts word by word.
    ingest_max_body_bytes: int = Field(default=5 * 1024 * 1024, gt=0)
    # The provider waits for us, Cal.com inside its booking call.
    ingest_answer_seconds: float = Field(default=1.5, gt=0)
    ingest_confirm_seconds: float = Field(default=1.0, gt=0)
    ingest_credentials_seconds: float = Field(default=15.0, gt=0)

"""What ingest reads from the environment beyond what every service reads."""

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings


class IngestSettings(ServiceSettings):
    """``ingest_rate_per_company`` in requests per second, ``ingest_max_body_bytes`` per request."""

    stripe_webhook_secret: SecretStr | None = None
    events_secret: SecretStr
    ingest_rate_per_company: int = Field(default=2_000, gt=0)
    # Calls carry whole transcripts word by word.
    ingest_max_body_bytes: int = Field(default=5 * 1024 * 1024, gt=0)
    # The provider waits for us, Cal.com inside its booking call; the whole answer has 1.5 s.
    ingest_confirm_seconds: float = Field(default=1.0, gt=0)

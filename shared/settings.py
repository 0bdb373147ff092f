"""The environment, read once per process. The same name means the same in every service."""

from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http:// or https:// URL")
    return value.rstrip("/")


def _comma_separated(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


BaseUrl = Annotated[str, AfterValidator(_base_url)]
SecretList = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_comma_separated)]


class ProviderSettings(BaseSettings):
    """Where the providers are; the real ones by default."""

    retell_base_url: BaseUrl = "https://api.retellai.com"
    calcom_base_url: BaseUrl = "https://api.cal.com"
    calcom_eu_base_url: BaseUrl = "https://api.cal.eu"
    stripe_base_url: BaseUrl = "https://api.stripe.com"

    @property
    def provider_urls(self) -> dict[str, str]:
        """Base URL of each, by its name; Cal.com's second region where somebody names it."""
        urls = {
            "calcom": self.calcom_base_url,
            "retell": self.retell_base_url,
            "stripe": self.stripe_base_url,
        }
        named = "calcom_eu_base_url" in self.model_fields_set
        return urls | ({"calcom.eu": self.calcom_eu_base_url} if named else {})


class ServiceSettings(ProviderSettings):
    """What every service needs. ``host``/``port``: where its HTTP endpoints listen."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", env_ignore_empty=True)

    rabbitmq_url: SecretStr
    rabbitmq_management_url: SecretStr | None = None
    database_url: SecretStr
    redis_url: SecretStr | None = None
    encryption_keys: SecretList = Field(min_length=1)
    stripe_api_key: SecretStr | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    otel_exporter_otlp_endpoint: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)


class DatabaseSettings(BaseSettings):
    """What a tool needs that speaks to the database alone."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", env_ignore_empty=True)

    database_url: SecretStr


SettingsT = TypeVar("SettingsT", bound=BaseSettings)


class InvalidSettingsError(SystemExit):
    """Stops the process with exit code 1 and a message that names each field; never shows a value."""


def load(model: type[SettingsT]) -> SettingsT:
    """The settings of this process.

    Raises:
        InvalidSettingsError: a variable is missing or malformed.
    """
    try:
        return model()
    except ValidationError as error:
        problems = (f"  {'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        text = "The environment is not complete:\n" + "\n".join(problems) + "\nSee infra/.env.example."
        raise InvalidSettingsError(text) from None

"""Where the console is: the environment, else ``.local/stack.env`` of the checkout."""

from functools import cache
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from shared.clients.console import ConsoleClient, ConsoleError
from shared.settings import BaseUrl, ProviderSettings, SecretList

_STACK_ENV: Final = Path(".local") / "stack.env"
_CHECKOUT: Final = Path(__file__).resolve().parents[3]


class CliSettings(ProviderSettings):
    """Everything is optional: each command says what it lacks."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, env_file_encoding="utf-8")

    console_url: BaseUrl | None = None
    console_user: str | None = None
    console_password: SecretStr | None = None
    ingest_url: BaseUrl | None = None
    demo_company_id: str | None = None
    demo_branch_id: str | None = None
    database_url: SecretStr | None = None
    rabbitmq_url: SecretStr | None = None
    rabbitmq_management_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    smtp_url: SecretStr | None = None
    notify_urls: SecretStr | None = None
    encryption_keys: SecretList = ()


@cache
def settings() -> CliSettings:
    """Of this run; a variable of the environment wins over the file."""
    return CliSettings(_env_file=stack_env())


def stack_env() -> Path | None:
    """The settings of the stack: found upwards from here, else in the checkout that this code is in."""
    here = Path.cwd()
    folders = (here, *here.parents, _CHECKOUT)
    return next((folder / _STACK_ENV for folder in folders if (folder / _STACK_ENV).is_file()), None)


def console() -> ConsoleClient:
    """Raises ConsoleError where it is not known how to reach it."""
    known = settings()
    if known.console_url is None or known.console_user is None or known.console_password is None:
        raise ConsoleError(
            "No console is known here. Start a stack with make up, or set CONSOLE_URL, CONSOLE_USER and "
            "CONSOLE_PASSWORD."
        )
    return ConsoleClient(known.console_url, known.console_user, known.console_password.get_secret_value())


def revealed(secret: SecretStr | None, name: str) -> str:
    """Raises ConsoleError naming the variable that is missing."""
    if secret is None:
        raise ConsoleError(f"{name} is not set, and no .local/stack.env was found. Set it, or run make up.")
    return secret.get_secret_value()

"""The environment of services and tools: addresses, and secrets that are generated once."""

import base64
import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.fernet import Fernet

from infra.local.ports import LOOPBACK
from infra.local.private_server import write_private

_DEMO = "DEMO_"
_PASSED_ON = ("LOG_LEVEL", "OTEL_EXPORTER_OTLP_ENDPOINT", "INGEST_RATE_PER_COMPANY")


def _webhook_secret() -> str:
    # Standard base64, as the Standard Webhooks scheme wants it.
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


_GENERATED: Mapping[str, Callable[[], str]] = {
    "ENCRYPTION_KEYS": lambda: Fernet.generate_key().decode(),
    "EVENTS_SECRET": _webhook_secret,
    "STRIPE_WEBHOOK_SECRET": lambda: "whsec_" + secrets.token_urlsafe(24),
    "STRIPE_API_KEY": lambda: "sk_test_" + secrets.token_hex(16),
    "CONSOLE_PASSWORD": lambda: secrets.token_urlsafe(12),
}


def generated(file: Path) -> dict[str, str]:
    """The secrets kept in `file`, those made up that are not there yet."""
    kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    complete = {name: make() for name, make in _GENERATED.items()} | kept
    write_private(file, json.dumps(complete, indent=1) + "\n")
    return complete


def addresses(ports: Mapping[str, int]) -> dict[str, str]:
    """Where services and simulators are; `ports` as the table in services.py names them."""
    at = {name: f"http://{LOOPBACK}:{port}" for name, port in ports.items()}
    return {
        "INGEST_URL": at["webhook_ingest"],
        "INGEST_PUBLIC_URL": at["webhook_ingest"],
        "VOICE_TOOLS_URL": at["voice_tools"],
        "VOICE_TOOLS_PUBLIC_URL": at["voice_tools"],
        "CONSOLE_URL": at["ops_console"],
        "CONSOLE_PUBLIC_URL": at["ops_console"],
        "CONSOLE_USER": "operator",
        "RETELL_BASE_URL": at["RETELL_PORT"],
        "RETELL_CONTROL_URL": at["RETELL_PORT"],
        "CALCOM_BASE_URL": at["CALCOM_PORT"],
        "CALCOM_EU_BASE_URL": at["CALCOM_PORT"],
        "CALCOM_CONTROL_URL": at["CALCOM_PORT"],
        "STRIPE_BASE_URL": at["STRIPE_PORT"],
        "MAILBOX_URL": at["MAILBOX_HTTP_PORT"],
        "CHAT_URL": at["CHAT_PORT"],
        "SMS_URL": at["SMS_PORT"],
        "SMTP_URL": f"smtp://{LOOPBACK}:{ports['SMTP_PORT']}",
        "NOTIFY_URLS": (
            f"chat={at['CHAT_PORT']}/hooks/askpro,sms={_apprise(at['SMS_PORT'])},mail=operators@askpro.example"
        ),
        "BOOKING_EMAIL_DOMAIN": "bookings.example",
        "LOG_FORMAT": "json",
        # Nobody pays for requests here, and whoever tries the stack need not wait a minute for a repair.
        "REPAIR_SECONDS": "5",
        "CATALOGUE_SECONDS": "15",
        "CONVERSATIONS_POLL_SECONDS": "1",
    }


def passed_on() -> dict[str, str]:
    """What the person who starts the stack may set for every service."""
    return {name: os.environ[name] for name in _PASSED_ON if os.environ.get(name)}


def write_stack_env(file: Path, settings: dict[str, str]) -> None:
    """Write the settings; what the demo added earlier stays, for its company is still in the database."""
    kept = {name: value for name, value in read_stack_env(file).items() if name.startswith(_DEMO)}
    lines = [f"{name}={value}" for name, value in (settings | kept).items()]
    fresh = file.with_suffix(".new")
    write_private(fresh, "\n".join(lines) + "\n")
    fresh.replace(file)


def read_stack_env(file: Path) -> dict[str, str]:
    """The settings of the stack; empty where none was started yet."""
    lines = file.read_text().splitlines() if file.exists() else []
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _apprise(url: str) -> str:
    return url.replace("http://", "json://") + "/messages/{to}"

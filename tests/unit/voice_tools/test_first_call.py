"""What the first call of a process would have to wait for is there before it rings."""

import os
import subprocess
import sys
from pathlib import Path

from cryptography.fernet import Fernet

_ROOT = Path(__file__).resolve().parents[3]
_BUILT = """
import sys
from services.voice_tools.app import build
from services.voice_tools.settings import VoiceSettings
build(VoiceSettings())
print("holidays.countries.germany" in sys.modules)
"""


def test_the_holidays_of_all_countries_are_read_before_a_call_rings() -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "RABBITMQ_URL": "amqp://127.0.0.1:9",
        "DATABASE_URL": "postgresql://127.0.0.1:9/none",
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "BOOKING_EMAIL_DOMAIN": "bookings.example",
    }
    done = subprocess.run(
        [sys.executable, "-c", _BUILT],
        cwd=_ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stdout.endswith("True\n"), done.stderr

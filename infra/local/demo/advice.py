"""What a person can do about a step of the demo that did not happen."""

from typing import Final

#: Who is to do what, by the words that a step begins with; the rest is asked of the simulated providers.
_WHO: Final = {
    "branch provisioned": "provisioner",
    "appointment booked": "voice_tools",
    "appointment recorded": "syncer",
    "call recorded": "syncer",
    "cancellation recorded": "syncer",
    "company notified": "notifier",
    "customer notified": "notifier",
    "customer told": "notifier",
    "the console": "ops_console",
    "POST companies": "ops_console",
    "POST branches": "ops_console",
    "dead letters": "ops_console",
    "poisoned message": "ops_console",
    "ledger balanced": "ops_console",
}


def service_of(step: str) -> str:
    """Whose log tells why the step did not happen."""
    return next((service for words, service in _WHO.items() if step.startswith(words)), "simulators")


def advice(step: str) -> str:
    """Where to look; to be read below what is missing."""
    return (
        f"  What to do: read .local/log/{service_of(step)}.log; while the stack is up, "
        "`.venv/bin/askpro dead-letters list` names what was given up, and why."
    )

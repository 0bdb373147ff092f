"""What is found out about a branch, as sentences that a shop owner understands, German and English."""

from services.provisioner.content.findings.finding import Finding, Said, about, verdict_of
from services.provisioner.content.findings.judging import judge
from services.provisioner.content.findings.seen import Asked, EventTypeSeen, KeyState, Seen, Unasked

__all__ = [
    "Asked",
    "EventTypeSeen",
    "Finding",
    "KeyState",
    "Said",
    "Seen",
    "Unasked",
    "about",
    "judge",
    "verdict_of",
]

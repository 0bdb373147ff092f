"""What each sender must prove and say before its event is accepted."""

from services.webhook_ingest.handlers.events import AcceptEvent
from services.webhook_ingest.handlers.providers import AcceptCalcom, AcceptRetell, AcceptStripe

__all__ = [
    "AcceptCalcom",
    "AcceptEvent",
    "AcceptRetell",
    "AcceptStripe",
]

"""What a branch should be at the providers: a branch in → the bodies of the requests out, nothing sent."""

from services.provisioner.content.agent import NAMED_VOICES, agent_name
from services.provisioner.content.closed_days import season
from services.provisioner.content.conversations import Conversation, conversations_of
from services.provisioner.content.profile import Mode, Profile
from services.provisioner.content.voices import Voice, pick_voices
from services.provisioner.content.wanted import Addresses, Wanted, wanted_for
from services.provisioner.content.webhook import WantedWebhook, webhook_of

__all__ = [
    "NAMED_VOICES",
    "Addresses",
    "Conversation",
    "Mode",
    "Profile",
    "Voice",
    "Wanted",
    "WantedWebhook",
    "agent_name",
    "conversations_of",
    "pick_voices",
    "season",
    "wanted_for",
    "webhook_of",
]

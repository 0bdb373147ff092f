"""One run for one branch: what is wanted, what there is, and whatever a step needs to bring them together."""

from dataclasses import dataclass

from services.provisioner.content import Conversation, Profile, Wanted, WantedWebhook
from services.provisioner.handlers.conversations import Rehearsal
from services.provisioner.store import Branches, Provisioning, Provisionings, Registrations
from shared.clients.calcom import Calcom
from shared.clients.retell import Retell, SipTrunk


@dataclass(frozen=True, slots=True)
class Job:
    """``content``: the hash of all that is wanted. ``wished``: the one step that a person asked for.

    ``conversations``: those that are held before anything is published.
    """

    it: Provisioning
    wanted: Wanted
    profile: Profile
    content: str
    retell: Retell
    calcom: Calcom
    webhook: WantedWebhook
    trunk: SipTrunk | None
    conversations: tuple[Conversation, ...]
    rehearsal: Rehearsal
    branches: Branches
    provisionings: Provisionings
    registrations: Registrations
    wished: str | None = None

"""branch.created, .updated, .deleted → what exists at the providers follows; who gives up says so."""

from services.provisioner.handlers.branches import DeprovisionBranch, ProvisionBranch, ReachTarget
from services.provisioner.handlers.check import CheckBranch
from services.provisioner.handlers.conversations import Rehearsal
from services.provisioner.handlers.give_up import GiveUpBranch
from services.provisioner.handlers.keep_webhooks import KeepWebhooks
from services.provisioner.handlers.list_orphans import ListOrphans
from services.provisioner.handlers.looking import Look
from services.provisioner.handlers.orphans import FindOrphans
from services.provisioner.handlers.refresh import RefreshBranch, RefreshBranches, RefreshOld
from services.provisioner.handlers.remove_orphan import RemoveOrphan
from services.provisioner.handlers.rotate import RotateSecret
from services.provisioner.handlers.set_up import SetUp
from services.provisioner.handlers.take_down import TakeDown
from services.provisioner.handlers.versioned import versioned

__all__ = [
    "CheckBranch",
    "DeprovisionBranch",
    "FindOrphans",
    "GiveUpBranch",
    "KeepWebhooks",
    "ListOrphans",
    "Look",
    "ProvisionBranch",
    "ReachTarget",
    "RefreshBranch",
    "RefreshBranches",
    "RefreshOld",
    "Rehearsal",
    "RemoveOrphan",
    "RotateSecret",
    "SetUp",
    "TakeDown",
    "versioned",
]

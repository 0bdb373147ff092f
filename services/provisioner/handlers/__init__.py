"""branch.created, .updated, .deleted → what exists at the providers follows."""

from services.provisioner.handlers.branches import DeprovisionBranch, ProvisionBranch, ReachTarget
from services.provisioner.handlers.set_up import SetUp
from services.provisioner.handlers.take_down import TakeDown
from services.provisioner.handlers.versioned import versioned

__all__ = ["DeprovisionBranch", "ProvisionBranch", "ReachTarget", "SetUp", "TakeDown", "versioned"]

"""What the provisioner keeps: branches as they are wanted, provisionings as they are, a company's keys."""

from services.provisioner.store.branches import Branches, Target
from services.provisioner.store.checks import Again, Checks
from services.provisioner.store.companies import Companies, Keys, Secrets
from services.provisioner.store.given_up import GivenUp, milliseconds
from services.provisioner.store.leases import Leases
from services.provisioner.store.orphans import Fate, KnownBranch, Orphan, Orphans, Reason
from services.provisioner.store.profiles import Profiles
from services.provisioner.store.provisionings import Pause, Provisioning, Provisionings
from services.provisioner.store.registrations import Registrations
from services.provisioner.store.steps import Steps
from services.provisioner.store.trunks import Trunks

__all__ = [
    "Again",
    "Branches",
    "Checks",
    "Companies",
    "Fate",
    "GivenUp",
    "Keys",
    "KnownBranch",
    "Leases",
    "Orphan",
    "Orphans",
    "Pause",
    "Profiles",
    "Provisioning",
    "Provisionings",
    "Reason",
    "Registrations",
    "Secrets",
    "Steps",
    "Target",
    "Trunks",
    "milliseconds",
]

"""Events in the life of a branch."""

from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts.branch import Branch, Identifier, Version
from shared.contracts.events.base import OwnEvent


class BranchCreated(OwnEvent, Branch):
    """A branch was entered. Upserts; the newest ``version`` wins."""

    type: ClassVar[str] = "branch.created"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "branch_id", "version")


class BranchUpdated(OwnEvent, Branch):
    """A branch was changed; carries the whole of it."""

    type: ClassVar[str] = "branch.updated"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "branch_id", "version")


class BranchDeleted(OwnEvent):
    """A branch was given up; deleted is a version too. ``release_number``: its number leaves Retell."""

    type: ClassVar[str] = "branch.deleted"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "branch_id", "version")

    company_id: Identifier
    branch_id: Identifier
    version: Version | None = None
    release_number: bool = False


class BranchRefreshRequested(OwnEvent):
    """What surrounds a branch may have changed: look again whether its agent is as it should be.

    Its version stays. ``step``: take this one again, and leave alone what is done.
    """

    type: ClassVar[str] = "branch.refresh_requested"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "branch_id", "reason", "step", "requested_at")

    company_id: Identifier
    branch_id: Identifier
    reason: str
    step: str | None = None
    requested_at: AwareDatetime


class BranchCheckRequested(OwnEvent):
    """Somebody wants proof that a branch answers; what is found is kept in ``branch_checks``.

    ``conversations``: hold the simulated ones with the agent that callers hear. ``batch_id``: they are being
    held; only their end is left to find.
    """

    type: ClassVar[str] = "branch.check_requested"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "branch_id", "run_id", "requested_at")

    company_id: Identifier
    branch_id: Identifier
    run_id: Identifier
    conversations: bool = False
    batch_id: str | None = None
    requested_at: AwareDatetime


class BranchProvisioned(OwnEvent):
    """The branch's agent is published and answers its number."""

    type: ClassVar[str] = "branch.provisioned"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "branch_id", "version")

    company_id: str
    branch_id: str
    version: int
    branch_name: str
    llm_id: str
    agent_id: str
    agent_version: int
    phone_number: str | None = None
    calcom_webhook_id: str | None = None


class BranchProvisioningFailed(OwnEvent):
    """A step was refused for good, or was given up; a person has to look.

    ``failed_in``: the delivery attempt in which it happened. Made again it tells the same; whatever fails
    after it, at the same step of the same version, is news.
    """

    type: ClassVar[str] = "branch.provisioning_failed"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "branch_id", "version", "step", "failed_in")

    company_id: str
    branch_id: str
    version: int
    branch_name: str
    step: str
    error: str
    failed_in: str = ""


class BranchDeprovisioned(OwnEvent):
    """Agent, LLM and bindings of a deleted branch are gone."""

    type: ClassVar[str] = "branch.deprovisioned"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "branch_id", "version")

    company_id: str
    branch_id: str
    version: int
    branch_name: str

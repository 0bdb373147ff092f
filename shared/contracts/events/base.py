"""What every event of ours has: a type, an identity, a tenant."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from shared.contracts.ids import event_id


class OwnEvent(BaseModel):
    """Base. ``identity`` names the fields that make two events the same event."""

    # An event that breaks its contract is told by many; what is in it is for few.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    type: ClassVar[str]
    identity: ClassVar[tuple[str, ...]]

    def event_id(self) -> str:
        """Deterministic: type, company and the identifying fields."""
        return event_id(self.type, *(_part(getattr(self, field)) for field in self.identity))

    def subject(self) -> str:
        """The thing it is about."""
        return str(getattr(self, self.identity[1] if len(self.identity) > 1 else self.identity[0]))

    def company(self) -> str | None:
        """The tenant it belongs to, None for events of the platform itself."""
        return getattr(self, "company_id", None)


def _part(value: Any) -> str:
    # The same instant makes the same id, in whichever time zone it was written.
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)

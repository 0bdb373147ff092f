"""What the syncer reads from the environment beyond what every service reads."""

from pydantic import Field

from shared.settings import ServiceSettings


class SyncerSettings(ServiceSettings):
    """``booking_email_domain``: addresses there are made up for booking; nobody reads them.

    ``repair_seconds``: how often each company's changed bookings are read at Cal.com. One request of the
    120 a minute; a lost webhook is made good within that time.
    ``catalogue_seconds``: how often each company's event types are read there: a request for its own, one for
    each team, and one for each event type that a branch with opening hours offers.

    ``suspension_grace_days``: from the end of what a company pays for until its agents are suspended.
    """

    booking_email_domain: str | None = None
    suspension_grace_days: float = Field(default=14.0, ge=0)
    repair_seconds: float = Field(default=60.0, ge=1.0)
    catalogue_seconds: float = Field(default=900.0, ge=1.0)

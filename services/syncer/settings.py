"""What the syncer reads from the environment beyond what every service reads."""

from shared.settings import ServiceSettings


class SyncerSettings(ServiceSettings):
    """``booking_email_domain``: addresses there are made up for booking; nobody reads them."""

    booking_email_domain: str | None = None

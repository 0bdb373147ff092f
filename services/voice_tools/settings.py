"""What voice_tools reads from the environment beyond what every service reads."""

from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from shared.contracts.targets import NotifyUrls, parse_targets
from shared.settings import ServiceSettings


class VoiceSettings(ServiceSettings):
    """``booking_email_domain``: ours, accepts and discards mail. Cal.com gets an address in it per customer.

    It has no default: with somebody else's domain strangers would read our customers' appointments.
    ``notify_urls``: as the notifier's, for its SMS gateway: a message is promised only where one is sent.
    """

    booking_email_domain: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.\-]+\.[a-z]{2,}$")]
    notify_urls: NotifyUrls = SecretStr("")
    # From the moment a request arrives: a look-up is answered within this,
    voice_look_seconds: float = Field(default=0.8, gt=0)
    # and whatever is entered within this, if only by saying that it takes a moment.
    voice_soft_seconds: float = Field(default=2.5, gt=0)
    voice_slots_ttl_seconds: float = Field(default=300.0, gt=0)
    # Of a company, in all its calls; forty calls at once need about three hundred.
    voice_functions_per_minute: int = Field(default=3_000, gt=0)
    # A call's transcript travels with each function.
    voice_max_body_bytes: int = Field(default=2 * 1024 * 1024, gt=0)

    @property
    def sends_sms(self) -> bool:
        """The platform has a gateway."""
        return parse_targets(self.notify_urls.get_secret_value()).gateway is not None

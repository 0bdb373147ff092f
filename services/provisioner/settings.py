"""What the provisioner reads from the environment."""

from pydantic import Field

from shared.settings import BaseUrl, ServiceSettings


class Settings(ServiceSettings):
    """The addresses under which providers reach us are written into agents, numbers and webhooks.

    ``conversations_required``: a version is published only after it has held its simulated conversations.
    ``conversations_poll_seconds``: between two looks at a run.
    """

    ingest_public_url: BaseUrl
    voice_tools_public_url: BaseUrl
    conversations_required: bool = True
    conversations_poll_seconds: float = Field(default=15.0, gt=0)

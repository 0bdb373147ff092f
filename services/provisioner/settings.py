"""What the provisioner reads from the environment."""

from shared.settings import BaseUrl, ServiceSettings


class Settings(ServiceSettings):
    """The addresses under which providers reach us are written into agents, numbers and webhooks."""

    ingest_public_url: BaseUrl
    voice_tools_public_url: BaseUrl

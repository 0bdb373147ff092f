"""The steps of a set-up in their order: the provisioner takes them, the console shows and retries them."""

from typing import Final

SET_UP: Final = (
    "credentials", "compliance", "llm", "agent", "version", "conversations", "publish",
    "old number", "number", "webhook",
)  # fmt: skip


def place(step: str) -> int:
    """Where a step stands; one of an older version, or of a taking down, after all others."""
    return SET_UP.index(step) if step in SET_UP else len(SET_UP)

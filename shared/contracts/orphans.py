"""What may be left over at a provider, and how people name it."""

from collections.abc import Mapping
from typing import Final, Literal

Provider = Literal["calcom", "retell"]
Kind = Literal["agent", "llm", "number", "webhook"]

#: A kind exists at one provider only.
PROVIDERS: Final[Mapping[Kind, Provider]] = {
    "agent": "retell",
    "llm": "retell",
    "number": "retell",
    "webhook": "calcom",
}


def orphan_id(kind: str, external_id: str) -> str:
    """``agent:agent_5f…``: one name within a company."""
    return f"{kind}:{external_id}"

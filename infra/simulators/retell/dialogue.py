"""What was said and done on one call, in Retell's three forms of a transcript."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

from infra.simulators.store import Document

# German phone speech runs at about 150 words a minute.
_SECONDS_PER_WORD = 0.4


@dataclass(slots=True)
class Dialogue:
    """Grows while the call runs; `position` is audio time in seconds, not wall time.

    `times`: for each entry the seconds since the call began, by the wall clock.
    """

    entries: list[Document] = field(default_factory=list)
    position: float = 0.5
    times: list[float] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    def speak(self, role: str, text: str) -> None:
        """`role` is agent or user."""
        self._add({"role": role, "content": text, "words": self._words(text)})

    def _add(self, entry: Document) -> None:
        self.entries.append(entry)
        self.times.append(round(time.monotonic() - self.began, 3))

    def _words(self, text: str) -> list[Document]:
        words = []
        for word in text.split():
            end = self.position + _SECONDS_PER_WORD
            words.append({"word": word, "start": round(self.position, 2), "end": round(end, 2)})
            self.position = end
        self.position += 0.3
        return words

    def invoke(self, tool_call_id: str, name: str, args: Any) -> None:
        """The agent decided to call a tool; what is told from now on may be about that."""
        self.told.clear()
        self._add(
            {
                "role": "tool_call_invocation",
                "tool_call_id": tool_call_id,
                "name": name,
                "arguments": json.dumps(args, ensure_ascii=False),
            }
        )

    def result(self, tool_call_id: str, content: str, *, successful: bool) -> None:
        """What the agent read as the tool's answer."""
        self._add(
            {
                "role": "tool_call_result",
                "tool_call_id": tool_call_id,
                "content": content,
                "successful": successful,
            }
        )

    def inject(self, text: str) -> None:
        """Context pushed into the running call."""
        self._add({"role": "injected", "content": text})
        self.told.set()

    def wait(self, seconds: float) -> None:
        """Nobody speaks."""
        self.position += seconds

    @property
    def utterances(self) -> list[Document]:
        """The spoken entries only."""
        return [entry for entry in self.entries if entry["role"] in {"agent", "user"}]

    def forms(self) -> Document:
        """The fields `transcript`, `transcript_object` and `transcript_with_tool_calls` of a call object."""
        names = {"agent": "Agent", "user": "User"}
        lines = [f"{names[entry['role']]}: {entry['content']}\n" for entry in self.utterances]
        return {
            "transcript": "".join(lines),
            "transcript_object": self.utterances,
            "transcript_with_tool_calls": list(self.entries),
        }

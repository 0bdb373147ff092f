"""An operation that we use: how our client asks for it, and what must not pass."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.contract.corrections import RETELL
from tests.contract.tap import Operation
from tests.contract.wrong import Wrong


@dataclass(frozen=True, slots=True)
class Case:
    """``name`` as our client calls it, which the document ``document`` knows as ``operation``.

    ``does`` asks for it through our client, in an account of a simulated provider.
    """

    document: str
    name: str
    operation: Operation
    does: Callable[[Any], Awaitable[object]]
    wrong_requests: tuple[Wrong, ...]
    wrong_answers: tuple[Wrong, ...]

    def __str__(self) -> str:
        return self.name


def of_retell(
    name: str,
    operation: str,
    does: Callable[[Any], Awaitable[object]],
    requests: tuple[Wrong, ...],
    answers: tuple[Wrong, ...],
) -> Case:
    """One of Retell's: ``POST /create-agent``, which our client calls ``retell.agent.create``."""
    return Case(RETELL, f"retell.{name}", Operation.of(operation), does, requests, answers)

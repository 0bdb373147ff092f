"""One JSON Patch over many dead letters: what it would make of them, shown on some, counted on more."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from services.ops_console.handlers.diffs import Line
from services.ops_console.handlers.edits import Edit, Proposal, propose
from services.ops_console.handlers.json_patch import PatchError, operations_of
from services.ops_console.store.dead_letters import Selection
from services.ops_console.store.refusals import NotPossibleError, NotSoundError, RefusedError
from shared.contracts.soundness import Fault
from shared.db.tables import Delivery

Verdict = Literal["fits", "unfit", "breaks", "unchanged"]
VERDICTS: Final[tuple[Verdict, ...]] = ("fits", "unfit", "breaks", "unchanged")
#: Of each kind: the latest, the first, and any.
_SHOWN: Final = (7, 7, 6)
#: Each costs some milliseconds of the processor.
_TRIED: Final = 500
_AT_ONCE: Final = 50


class Samples(Protocol):
    """Where dead letters are found."""

    async def ids(self, selection: Selection) -> list[int]:
        """Of both ends."""
        ...

    async def read(self, ids: Sequence[int]) -> list[Delivery]:
        """Those that are still dead."""
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """A real dead letter, and what the patch makes of it. ``why``: it does not fit."""

    letter_id: int
    company_id: str | None
    verdict: Verdict
    why: str | None
    faults: tuple[Fault, ...]
    diff: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Preview:
    """``found``: how many there are, at most 10,000. ``counts``: of those ``tried``, by verdict."""

    found: int
    tried: int
    counts: dict[Verdict, int]
    members: Sequence[Member]


@dataclass(frozen=True, slots=True)
class PreviewPatch:
    """Nothing is changed."""

    samples: Samples

    async def __call__(self, selection: Selection, patch: list[dict[str, Any]]) -> Preview:
        """What ``patch`` would make of them.

        Raises:
            NotSoundError: it is no JSON Patch.
            NotPossibleError: there is nothing to try it on.
        """
        require_patch(patch)
        ids = await self.samples.ids(selection)
        shown, tried = _chosen(ids), _spread(ids)
        counts: Counter[Verdict] = Counter()
        members = []
        chosen = list(dict.fromkeys([*shown, *tried]))
        for start in range(0, len(chosen), _AT_ONCE):
            letters = await self.samples.read(chosen[start : start + _AT_ONCE])
            # Off the loop: deliveries and other people's pages go on meanwhile.
            found = await asyncio.to_thread(lambda these: [member_of(one, patch) for one in these], letters)
            counts.update(one.verdict for one in found)
            members += [one for one in found if one.letter_id in shown]
        if not counts:
            raise NotPossibleError("Nothing that fits is dead and could be edited.")
        return Preview(len(ids), counts.total(), dict(counts), members)


def member_of(letter: Delivery, patch: list[dict[str, Any]]) -> Member:
    """What ``patch`` makes of one."""
    try:
        proposal = propose(letter, Edit(patch=patch))
    except RefusedError as error:
        return Member(letter.id, letter.company_id, "unfit", str(error), (), ())
    faults, diff = proposal.faults, proposal.diff
    return Member(letter.id, letter.company_id, _verdict(proposal), None, faults, diff)


def _verdict(proposal: Proposal) -> Verdict:
    if not proposal.is_changed:
        return "unchanged"
    return "breaks" if proposal.faults else "fits"


def require_patch(patch: Any) -> None:
    """Raises NotSoundError where it is no JSON Patch, or an empty one."""
    try:
        if not operations_of(patch):
            raise NotSoundError("The patch changes nothing.")
    except PatchError as error:
        raise NotSoundError(f"That is no JSON Patch: {error}.") from error


def _chosen(ids: Sequence[int]) -> dict[int, None]:
    latest, first, any_ = _SHOWN
    ends = dict.fromkeys([*ids[:latest], *ids[-first:]])
    between = ids[latest:-first]
    return ends | dict.fromkeys(random.sample(between, min(any_, len(between))))


def _spread(ids: Sequence[int]) -> Sequence[int]:
    return ids[:: max(1, -(-len(ids) // _TRIED))]

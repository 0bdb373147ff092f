"""What an address says about which dead letters to show."""

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import Query
from pydantic import BaseModel

from services.ops_console.routes.dead_letters import searchable_by
from services.ops_console.store.dead_letters import Selection
from services.ops_console.store.groups import GroupFilter
from services.ops_console.store.operators import Person
from services.ops_console.store.refusals import NotSoundError

#: Of a letter alone: where one of them is said, groups are none of the answer.
_TIMES: Final = ("since", "until")
_OF_LETTERS: Final = ("type", "reason", "search", "since", "until", "discarded")


class LetterFilters(BaseModel):
    """Empty: any. ``state``: of groups. ``since`` and ``until``: UTC where they do not say otherwise."""

    search: str = ""
    state: str = ""
    queue: str = ""
    company: str = ""
    type: str = ""
    reason: str = ""
    error: str = ""
    since: str = ""
    until: str = ""
    discarded: str = ""

    def selection(self, person: Person, group: str | None = None) -> Selection:
        """Raises NotSoundError for a time that is none, NotAllowedError for a search that is not theirs."""
        chosen = Selection(
            queue=self.queue or None,
            company_id=self.company or None,
            event_type=self.type or None,
            reason=self.reason or None,
            error=self.error or None,
            group=group,
            state="discarded" if self.discarded else "dead",
            search=self.search or None,
            since=_instant(self.since),
            until=_instant(self.until),
        )
        return searchable_by(person, chosen)

    def groups(self) -> GroupFilter | None:
        """None where the answer is letters alone."""
        if any(getattr(self, name) for name in _OF_LETTERS):
            return None
        return GroupFilter(self.state or None, self.queue or None, self.company or None, self.error or None)

    def chosen(self) -> dict[str, str]:
        """What a form says of them that does something to all: fields of ``Chosen``."""
        times = {name: at.isoformat() for name in _TIMES if (at := _instant(getattr(self, name))) is not None}
        named = {"company_id": self.company, "dead_reason": self.reason}
        same = {name: getattr(self, name) for name in ("queue", "type", "error", "search")}
        return {name: value for name, value in {**same, **named, **times}.items() if value}

    def said(self) -> dict[str, str]:
        """What goes on to the next page."""
        return {name: value for name, value in self.model_dump().items() if value}


Filters = Annotated[LetterFilters, Query()]


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotSoundError("That is no time: 2026-11-30T20:15, in UTC.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)

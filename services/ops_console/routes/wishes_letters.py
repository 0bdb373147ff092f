"""What is said about a group of dead letters."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from services.ops_console.routes.wishes import Strict

#: Columns of PostgreSQL end somewhere, and nobody waits for more.
_MOST = 2_000_000_000


class StateWish(Strict):
    """``ignored`` ends ``until_at``, after ``until_more`` have died, or at ``until_per_hour`` deaths an hour.

    It needs one of them at least; whichever comes first opens the group again. Resolved and acknowledged ones
    are open again as soon as one more dies.
    """

    state: Literal["open", "acknowledged", "resolved", "ignored"]
    until_at: AwareDatetime | None = None
    until_more: int | None = Field(default=None, ge=1, le=_MOST)
    until_per_hour: int | None = Field(default=None, ge=1, le=_MOST)
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] | None = None

    @model_validator(mode="after")
    def _ends(self) -> Self:
        limits = [self.until_at, self.until_more, self.until_per_hour]
        given = any(limit is not None for limit in limits)
        if given is not (self.state == "ignored"):
            raise ValueError("ignored needs until_at, until_more or until_per_hour; the others have no end")
        return self


class NoteWish(Strict):
    """``note``: for whoever looks at the group next; empty takes it away."""

    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]

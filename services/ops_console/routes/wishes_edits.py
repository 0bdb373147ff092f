"""What people ask of the JSON API who correct a dead letter."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from services.ops_console.handlers.edits import Edit
from services.ops_console.routes.wishes import Reason, Strict


class Correction(Strict):
    """Exactly one of ``data``, which replaces the event's data, and ``patch``.

    ``patch``: a JSON Patch (RFC 6902, a list) or a merge patch (RFC 7386, an object). Both start from the
    data as it is shown; what is shown hidden stays what it is. ``type``: only where the old was no event.
    """

    data: Any = None
    patch: Annotated[list[Any] | dict[str, Any] | None, Field(union_mode="left_to_right")] = None
    type: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if len({"data", "patch"} & self.model_fields_set) != 1:
            raise ValueError("give either data or patch")
        return self

    def edit(self) -> Edit:
        """As the handlers take it."""
        return Edit(self.data, self.patch, self.type)


class Sending(Strict):
    """``force``: although it breaks its contract; that takes an admin."""

    reason: Reason
    force: bool = False


class EditWish(Correction, Sending):
    """Correct and send at once."""

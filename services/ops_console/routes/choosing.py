"""What a wish says about which dead letters → the selection of the store."""

from services.ops_console.routes.wishes import Chosen
from services.ops_console.store.dead_letters import Selection
from services.ops_console.store.refusals import NotSoundError


def chosen(wish: Chosen) -> Selection:
    """Which letters. Raises NotSoundError where nothing was said, nor ``all``."""
    selection = Selection(
        queue=wish.queue,
        company_id=wish.company_id,
        event_type=wish.type,
        reason=wish.dead_reason,
        error=wish.error,
        group=wish.group,
        ids=wish.ids,
        search=wish.search,
        since=wish.since,
        until=wish.until,
    )
    if selection.is_empty and not wish.all:
        raise NotSoundError("Nothing was chosen. Say which, or all.")
    return selection

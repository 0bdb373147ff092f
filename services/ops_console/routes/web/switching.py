"""What the forms of circuits and queues ask: for how long, and why."""

from services.ops_console.routes.web.rendering import reason_of
from services.ops_console.routes.web.visitors import Submitted
from services.ops_console.store.refusals import NotSoundError

_LONGEST_MINUTES = 7 * 24 * 60


def minutes_of(form: Submitted) -> float:
    """Raises NotSoundError where that is no number, none at all, or longer than a week."""
    minutes = asked_minutes(form)
    if minutes is None:
        raise NotSoundError("Say for how many minutes: it ends by itself.")
    return minutes


def asked_minutes(form: Submitted) -> float | None:
    """None where the field is empty. Raises NotSoundError as ``minutes_of``."""
    given = form.text("minutes").replace(",", ".")
    if not given:
        return None
    try:
        minutes = float(given)
    except ValueError:
        raise NotSoundError("Minutes are a number, such as 30.") from None
    if not 0 < minutes <= _LONGEST_MINUTES:
        raise NotSoundError(f"From more than 0 up to {_LONGEST_MINUTES} minutes, a week.")
    return minutes


def why(form: Submitted) -> str:
    """Raises NotSoundError where no reason was given."""
    return reason_of(form.text("reason"))

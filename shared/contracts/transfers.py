"""When a call may be handed to a person of the branch, and the variable that tells the agent so."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from shared.contracts import hours
from shared.contracts.branch import Branch

_YES, _NO = "ja", "nein"
VARIABLE: Final = "verbinden_moeglich"


def may_transfer(branch: Branch, moment: datetime) -> bool:
    """Somebody picks up: in the hours for that, else while it is open; never on a day that is closed.

    Where no hours are known at all a person may be there at any time.
    """
    if branch.transfer_number is None:
        return False
    answered = branch
    if branch.transfer_hours:
        answered = branch.model_copy(update={"opening_hours": branch.transfer_hours})
    local = moment.astimezone(ZoneInfo(branch.timezone)).date()
    about = hours.day_of(answered, local)
    if not hours.knows_hours(answered) and not about.special and not about.name:
        return True
    return hours.is_open_at(answered, moment)


def transfer_variables(branch: Branch, moment: datetime) -> dict[str, str]:
    """What a call that begins at ``moment`` (aware) is told."""
    return {VARIABLE: _YES if may_transfer(branch, moment) else _NO}

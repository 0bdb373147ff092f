"""What a person may see of the records they work with: secrets nobody, personal data not the viewers."""

from typing import Any

from services.ops_console.handlers.masking import visible
from services.ops_console.store.operators import Person


def shown(value: Any, person: Person) -> Any:
    """``value`` as this person may see it. Who calls people back needs their numbers.

    Payloads of events are masked for everybody: see ``visible``.
    """
    return visible(value, revealed=person.may("operator"))

"""Whose event it is."""

from shared.contracts.envelope import Envelope
from shared.errors import InvalidEventError


def company_of(event: Envelope) -> str:
    """The company of an event.

    Raises:
        InvalidEventError: it names none.
    """
    if event.attributes.companyid is None:
        raise InvalidEventError(f"{event.type}: companyid is missing")
    return event.attributes.companyid

"""What the JSON API answers about Cal.com's catalogue."""

from datetime import datetime

from pydantic import BaseModel


class EventTypeOut(BaseModel):
    """An event type at Cal.com. ``state``: yes, placeholder (with an address of ours), no, gone.

    ``reason``: why nobody can book it by phone. ``warnings``: hours that Cal.com offers while a branch is
    closed, each with its ``branch_id``. Both in German (``de``) and English (``en``).
    """

    id: str
    company_id: str
    title: str
    slug: str
    state: str
    reason: dict[str, str | None]
    length_minutes: int
    length_options: list[int]
    scheduling_type: str | None
    team_id: int | None
    hidden: bool
    hosts: list[str]
    warnings: list[dict[str, str]]
    gone_at: datetime | None
    synced_at: datetime


class OfferOut(BaseModel):
    """A service of a branch, with ``person`` or with whoever is there. ``id``: of its event type.

    ``state`` as of an event type, or unseen: Cal.com has not listed it. ``reason``: why the assistant offers
    a call back instead, in German (``de``) and English (``en``).
    """

    service: str
    person: str | None
    id: str | None
    title: str | None = None
    length_minutes: int | None = None
    state: str
    reason: dict[str, str | None]
    warnings: list[dict[str, str]] = []  # pydantic copies it for each instance


class ImportedOut(BaseModel):
    """What becomes of an event type; ``id`` is its number.

    ``does``: adds_service, books_service (of a service that had none), adds_person (to a service), nothing,
    with the ``reason`` in German (``de``) and English (``en``).
    """

    id: str
    title: str
    does: str
    service: str | None
    person: str | None
    reason: dict[str, str] | None


class ImportOut(BaseModel):
    """``people``: who joins the staff. ``version``: of the branch that was written, None where none was."""

    items: list[ImportedOut]
    people: list[str]
    version: int | None

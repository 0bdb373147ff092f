"""Event types, slots, and who the key belongs to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import AliasChoices, AwareDatetime, Field, TypeAdapter, field_validator

from shared.clients.calcom.client import (
    EVENT_TYPES_VERSION,
    NOT_YOURS,
    SLOTS_VERSION,
    Answer,
    CalcomClient,
    CalcomObject,
)
from shared.clients.http import Request, in_path


class Me(CalcomObject):
    """The account of a key."""

    id: int
    username: str | None = None
    email: str | None = None
    name: str | None = None
    time_zone: str | None = None
    organization_id: int | None = None


class BookingField(CalcomObject):
    """One field of an event type's form. ``slug`` names it in ``bookingFieldsResponses``.

    ``required`` and ``hidden`` are None where Cal.com leaves them out, as it may for its own fields.
    """

    type: str = ""
    slug: str = ""
    label: str | None = None
    required: bool | None = None
    is_default: bool = False
    hidden: bool | None = None


class EventTypeHost(CalcomObject):
    """Who receives. Under ``hosts`` Cal.com writes ``userId``, under ``users`` ``id``."""

    user_id: int | None = Field(default=None, validation_alias=AliasChoices("userId", "id"))
    name: str | None = None


class Team(CalcomObject):
    """A team that the key's account is in."""

    id: int
    name: str | None = None
    is_organization: bool = False


class EventType(CalcomObject):
    """What can be booked. ``length_in_minutes_options`` is empty where the length is fixed.

    ``hosts`` is None for a personal one, which has ``users``; ``parent_event_type_id``: of a managed one.
    """

    id: int
    title: str = ""
    slug: str = ""
    length_in_minutes: int = 0
    length_in_minutes_options: tuple[int, ...] = ()
    booking_fields: tuple[BookingField, ...] = ()
    confirmation_policy: Any = None
    hidden: bool = False
    booking_url: str | None = None
    owner_id: int | None = None
    team_id: int | None = None
    scheduling_type: str | None = None
    parent_event_type_id: int | None = None
    hosts: tuple[EventTypeHost, ...] | None = None
    users: tuple[EventTypeHost, ...] = ()
    seats: Any = None
    seats_per_time_slot: Any = None
    recurrence: Any = None
    requires_booker_email_verification: bool | None = None

    @field_validator("length_in_minutes_options", "booking_fields", "users", mode="before")
    @classmethod
    def _none_is_empty(cls, value: Any) -> Any:
        return () if value is None else value


class Slot(CalcomObject):
    """A free start. ``end`` is None where Cal.com was asked for starts only."""

    start: AwareDatetime
    end: AwareDatetime | None = None


@dataclass(frozen=True, slots=True)
class SlotQuery:
    """A range of up to weeks in one request: neighbouring days then cost nothing. Times aware."""

    event_type_id: int
    start: datetime
    end: datetime
    time_zone: str = "UTC"
    minutes: int | None = None
    reschedules_uid: str | None = None

    def params(self) -> dict[str, Any]:
        return {
            "eventTypeId": self.event_type_id,
            "start": self.start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "end": self.end.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "timeZone": self.time_zone,
            "duration": self.minutes,
            "bookingUidToReschedule": self.reschedules_uid,
            "format": "range",
        }


_ME: Final = TypeAdapter(Answer[Me])
_EVENT_TYPE: Final = TypeAdapter(Answer[EventType])
_EVENT_TYPES: Final = TypeAdapter(Answer[tuple[EventType, ...]])
_TEAMS: Final = TypeAdapter(Answer[tuple[Team, ...]])
_SLOTS: Final = TypeAdapter(Answer[dict[str, list[Slot]]])


class CalcomEventTypes(CalcomClient):
    """The catalogue of a company, and what is free."""

    async def me(self) -> Me:
        """Whose key this is. Raises CredentialRejectedError for a bad one."""
        return (await self._ask(Request("calcom.me", "GET", "/v2/me"), _ME)).data

    async def list_event_types(self) -> tuple[EventType, ...]:
        """The account's own event types; those of its teams are listed per team."""
        request = Request("calcom.event-types.list", "GET", "/v2/event-types", headers=EVENT_TYPES_VERSION)
        return (await self._ask(request, _EVENT_TYPES)).data

    async def list_teams(self) -> tuple[Team, ...]:
        """The teams that the key's account is in."""
        return (await self._ask(Request("calcom.teams.list", "GET", "/v2/teams"), _TEAMS)).data

    async def list_team_event_types(self, team_id: int) -> tuple[EventType, ...]:
        """A team's event types with all their hosts.

        Raises:
            ProviderRefusedError: the account is not in this team; its key is good all the same.
        """
        request = Request(
            "calcom.teams.event-types.list",
            "GET",
            f"/v2/teams/{in_path(team_id)}/event-types",
            headers=EVENT_TYPES_VERSION,
            about_thing=NOT_YOURS,
        )
        return (await self._ask(request, _EVENT_TYPES)).data

    async def get_event_type(self, event_type_id: int) -> EventType:
        """Raises NotFoundError."""
        path = f"/v2/event-types/{in_path(event_type_id)}"
        request = Request(
            "calcom.event-types.get", "GET", path, headers=EVENT_TYPES_VERSION, about_thing=NOT_YOURS
        )
        return (await self._ask(request, _EVENT_TYPE)).data

    async def slots(self, query: SlotQuery) -> list[Slot]:
        """Free starts within the range, in order: Cal.com may answer with starts outside of it."""
        request = Request("calcom.slots", "GET", "/v2/slots", query.params(), headers=SLOTS_VERSION)
        days = (await self._ask(request, _SLOTS)).data
        found = (slot for day in days.values() for slot in day)
        return sorted((s for s in found if query.start <= s.start < query.end), key=lambda slot: slot.start)

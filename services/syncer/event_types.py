"""Cal.com's event types as the catalogue knows them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from services.syncer.merge.closed_hours import FreeTime
from services.syncer.merge.listing import Listing
from shared.clients.calcom import BookingField, Calcom, EventTypeHost, Slot, SlotQuery
from shared.clients.calcom import EventType as CalcomEventType
from shared.clients.providers import Providers
from shared.contracts.catalogue import EventType, Question
from shared.contracts.envelope import now
from shared.db.credentials import Credentials
from shared.errors import CredentialRejectedError, ProviderRefusedError

#: Each weekday twice: one of the two may be booked up.
_AHEAD: Final = timedelta(days=14)


class CalcomEventTypes:
    """Event types of each company, with its own key. A company without a key cannot be asked."""

    def __init__(self, providers: Providers, companies: Credentials) -> None:
        self._providers = providers
        self._companies = companies

    async def list_all(self, company_id: str) -> Listing | None:
        """Its own and its teams'; None where there is no key."""
        calcom = await self._calcom(company_id)
        if calcom is None:
            return None
        found = {each.id: each for each in await calcom.list_event_types()}
        unread: set[int] = set()
        for team in await calcom.list_teams():
            try:
                found |= {each.id: each for each in await calcom.list_team_event_types(team.id)}
            except CredentialRejectedError:
                raise
            except ProviderRefusedError:
                unread.add(team.id)
        return Listing([_event_type(each) for each in found.values()], frozenset(unread))

    async def free_times(self, company_id: str, event_type: EventType) -> Sequence[FreeTime]:
        """What Cal.com offers within the next two weeks; empty where it refuses to say."""
        calcom = await self._calcom(company_id)
        if calcom is None:
            return ()
        begin = now()
        try:
            slots = await calcom.slots(SlotQuery(event_type.id, begin, begin + _AHEAD))
        except CredentialRejectedError:
            raise
        except ProviderRefusedError:
            return ()
        return [_free_time(slot, event_type) for slot in slots]

    async def _calcom(self, company_id: str) -> Calcom | None:
        company = await self._companies.of(company_id)
        if company is None or company.calcom_api_key is None:
            return None
        return self._providers.calcom(company_id, company.calcom_api_key, region=company.calcom_region)


def _free_time(slot: Slot, event_type: EventType) -> FreeTime:
    return FreeTime(slot.start, slot.end or slot.start + timedelta(minutes=event_type.length_minutes))


def _event_type(found: CalcomEventType) -> EventType:
    return EventType(
        id=found.id,
        title=found.title,
        slug=found.slug,
        length_minutes=found.length_in_minutes,
        length_options=tuple(sorted(found.length_in_minutes_options)),
        scheduling_type=found.scheduling_type,
        team_id=found.team_id,
        parent_id=found.parent_event_type_id,
        hidden=found.hidden,
        hosts=tuple(sorted(map(_name, found.users if found.hosts is None else found.hosts))),
        questions=tuple(map(_question, found.booking_fields)),
        has_seats=_is_on(found.seats) or bool(found.seats_per_time_slot),
        recurs=_is_on(found.recurrence),
        verifies_email=bool(found.requires_booker_email_verification),
    )


def _name(host: EventTypeHost) -> str:
    return host.name or str(host.user_id)


def _question(field: BookingField) -> Question:
    return Question(field.slug, field.label or "", field.required, field.hidden)


def _is_on(setting: object) -> bool:
    """Cal.com leaves out what is off, writes null, or ``{"disabled": true}``."""
    return bool(setting) and not (isinstance(setting, dict) and setting.get("disabled"))

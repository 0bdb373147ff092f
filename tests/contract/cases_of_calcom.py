"""What our client asks of Cal.com, and what must not pass."""

from collections.abc import Awaitable, Callable
from typing import Final

from tests.contract import asking_calcom as ask
from tests.contract.case import Case
from tests.contract.corrections import CALCOM
from tests.contract.tap import Operation
from tests.contract.wrong import Wrong, body, changed, query, version, without, without_key
from tests.integration.clients.accounts import Salon

#: What an absent or unknown version silently means.
_OLDEST: Final = version("2024-04-15")
_NO_ENVELOPE: Final = without("data")


def _case(
    name: str,
    operation: str,
    does: Callable[[Salon], Awaitable[None]],
    requests: tuple[Wrong, ...],
    answers: tuple[Wrong, ...],
) -> Case:
    return Case(CALCOM, f"calcom.{name}", Operation.of(operation), does, requests, answers)


CALCOM_CASES: Final = (
    _case(
        "bookings.create",
        "POST /v2/bookings",
        ask.create_booking,
        (
            without("start"),
            without("attendee.name"),
            without("attendee.timeZone"),
            changed("eventTypeId", "12"),
            changed("attendee.language", "klingon"),
            changed("attendee.phone", "+493012345678"),
            changed("location.type", "telephone"),
            changed("metadata", "t1"),
            changed("lengthInMinute", 30),
            _OLDEST,
        ),
        (
            _NO_ENVELOPE,
            without("data.uid"),
            without("data.hosts"),
            changed("data.status", "ACCEPTED"),
            changed("data.attendees.0.absent", "no"),
        ),
    ),
    _case(
        "bookings.reschedule",
        "POST /v2/bookings/{bookingUid}/reschedule",
        ask.reschedule,
        (without("start"), changed("rescheduleWithSameHost", "yes"), changed("reason", "x"), version(None)),
        (without("data.uid"), changed("data.start", 7)),
    ),
    _case(
        "bookings.cancel",
        "POST /v2/bookings/{bookingUid}/cancel",
        ask.cancel,
        (changed("cancellationReason", 7), changed("reason", "krank"), body([]), _OLDEST),
        (without("data.status"), changed("data.status", "gone")),
    ),
    _case(
        "bookings.get",
        "GET /v2/bookings/{bookingUid}",
        ask.get_booking,
        (_OLDEST, version(None)),
        (_NO_ENVELOPE, without("data.updatedAt"), changed("data.id", "17")),
    ),
    _case(
        "bookings.list",
        "GET /v2/bookings",
        ask.list_bookings,
        (query(sortUpdatedAt="up"), query(take="many"), without_key(), _OLDEST),
        (without("pagination"), without("data.0.uid"), changed("pagination.hasNextPage", "no")),
    ),
    _case("me", "GET /v2/me", ask.me, (without_key(),), (without("data.username"), changed("data.id", "1"))),
    _case(
        "event-types.list",
        "GET /v2/event-types",
        ask.list_event_types,
        (_OLDEST, version("2026-06-12"), query(sortCreatedAt="up")),
        (
            without("data.0.lengthInMinutes"),
            changed("data.0.bookingFields.0.type", "text"),
            changed("data.0.bookingFields.0.isDefault", False),
            changed("data.0.users", ["1001"]),
        ),
    ),
    _case(
        "event-types.get",
        "GET /v2/event-types/{eventTypeId}",
        ask.get_event_type,
        (_OLDEST, version("2026-06-12"), without_key()),
        (without("data.slug"), without("data.users"), changed("data.bookingFields.2.slug", "titel")),
    ),
    _case(
        "teams.list",
        "GET /v2/teams",
        ask.list_teams,
        (without_key(),),
        (_NO_ENVELOPE, without("data.0.name"), changed("data.0.id", "one")),
    ),
    _case(
        "teams.event-types.list",
        "GET /v2/teams/{teamId}/event-types",
        ask.list_team_event_types,
        (query(hostsLimit="many"), query(sortCreatedAt="up")),
        (_NO_ENVELOPE, without("data.0.lengthInMinutes"), changed("data.0.hosts", ["1001"])),
    ),
    _case(
        "slots",
        "GET /v2/slots",
        ask.slots,
        (query(eventTypeId="cut"), query(duration="long"), version("2024-08-13")),
        (_NO_ENVELOPE, changed("data.someday", ["2026-01-01T09:00:00Z"]), changed("data.someday", [{}])),
    ),
    _case(
        "webhooks.list",
        "GET /v2/webhooks",
        ask.list_webhooks,
        (query(take="500"), without_key()),
        (changed("data.0.id", 7), changed("data.0.triggers", ["BOOKING_CONFIRMED"])),
    ),
    _case(
        "webhooks.create",
        "POST /v2/webhooks",
        ask.create_webhook,
        (
            without("active"),
            without("subscriberUrl"),
            changed("triggers", ["BOOKING_CONFIRMED"]),
            changed("url", ask.URL),
            without_key(),
        ),
        (without("data.id"), changed("data.id", 7), changed("data.active", "yes")),
    ),
    _case(
        "webhooks.update",
        "PATCH /v2/webhooks/{webhookId}",
        ask.update_webhook,
        (changed("triggers", "BOOKING_CREATED"), changed("active", "yes"), changed("events", [])),
        (without("data.subscriberUrl"), changed("data.secret", 7)),
    ),
    _case(
        "webhooks.delete",
        "DELETE /v2/webhooks/{webhookId}",
        ask.delete_webhook,
        (without_key(),),
        (without("data.id"), changed("data.id", 7)),
    ),
)

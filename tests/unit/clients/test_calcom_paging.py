"""A list that changes while it is read loses nothing."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx

from shared.clients.calcom import BookingFilter, Calcom
from shared.clients.http import http_client
from shared.clients.providers import Providers
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guards
from shared.resilience.limits import Limits

START = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
async def calcom() -> AsyncIterator[Calcom]:
    async with http_client() as http:
        guards = Guards(Circuits(None, process="test"), Limits(None))
        yield Providers(http, guards, calcom_base_url="http://calcom/v2").calcom(
            "acme", "cal_x", region="default"
        )


class Bookings:
    """Cal.com's list, sorted by the last change; after each answer five bookings change."""

    def __init__(self, count: int) -> None:
        self.changed = {number: START + timedelta(minutes=number) for number in range(count)}
        self.answers = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        take, skip = int(request.url.params["take"]), int(request.url.params["skip"])
        order = sorted(self.changed, key=lambda number: self.changed[number])
        page = [self.shown(number) for number in order[skip : skip + take]]
        self.answers += 1
        for number in order[:5]:
            self.changed[number] = START + timedelta(days=self.answers, minutes=number)
        more = skip + take < len(order)
        body = {"status": "success", "data": page, "pagination": {"hasNextPage": more}}
        return httpx.Response(200, json=body)

    def shown(self, number: int) -> dict[str, Any]:
        changed = self.changed[number].isoformat()
        times = {"start": changed, "end": changed, "updatedAt": changed}
        return {"id": number, "uid": f"b{number}", "status": "accepted", **times}


async def test_bookings_that_change_while_we_read_push_none_out(calcom: Calcom) -> None:
    bookings = Bookings(450)
    with respx.mock:
        respx.get("http://calcom/v2/bookings").mock(side_effect=bookings.answer)
        found = [booking async for booking in calcom.list_bookings(BookingFilter())]
    assert {booking.uid for booking in found} == {f"b{number}" for number in range(450)}
    assert len({(booking.uid, booking.updated_at) for booking in found}) == len(found)


async def test_a_plus_in_an_address_survives_the_query(calcom: Calcom) -> None:
    with respx.mock:
        answer = {"status": "success", "data": [], "pagination": {"hasNextPage": False}}
        route = respx.get("http://calcom/v2/bookings").mock(return_value=httpx.Response(200, json=answer))
        sought = BookingFilter(attendee_email="k+1@example.org", after_start=START)
        assert [booking async for booking in calcom.list_bookings(sought)] == []
    params = route.calls[0].request.url.params
    assert params["attendeeEmail"] == "k+1@example.org"
    assert params["afterStart"] == "2026-11-01T00:00:00Z"
    assert "status" not in params

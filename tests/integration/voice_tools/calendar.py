"""A calendar that counts, and is slow, away or silent when told so."""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulators.server import HttpServer

START = (datetime.now(UTC) + timedelta(days=2)).replace(hour=9, minute=0, second=0, microsecond=0)
LENGTH = timedelta(minutes=30)


class Calendar:
    """Takes no phone number; has ``starts`` free at each event type but those that are ``gone``."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.starts = [START]
        self.gone: set[int] = set()
        self.status = 200
        self.answers = asyncio.Event()
        self.answers.set()
        self._looks = Counter[int]()
        routes = [Route("/v2/bookings", self.book, methods=["POST"]), Route("/v2/slots", self.slots)]
        self.server = HttpServer(Starlette(routes=routes), "127.0.0.1", 0)

    @property
    def looks(self) -> int:
        """How often it was asked for free times."""
        return self._looks.total()

    async def book(self, request: Request) -> Response:
        body = json.loads(await request.body())
        self.bodies.append(body)
        if "phoneNumber" in body["attendee"]:
            words = "{attendeePhoneNumber}invalid_number"
            return JSONResponse(
                {"status": "error", "error": {"code": "BadRequestException", "message": words}}, 400
            )
        booking = {"id": 1, "uid": "u1", "status": "accepted", "start": body["start"], "end": body["start"]}
        data = {**booking, "eventTypeId": body["eventTypeId"], "metadata": body["metadata"], "attendees": []}
        return JSONResponse({"status": "success", "data": data}, 201)

    async def slots(self, request: Request) -> Response:
        number = int(request.query_params["eventTypeId"])
        self._looks[number] += 1
        await self.answers.wait()
        status = 404 if number in self.gone else self.status
        if status != 200:
            return JSONResponse({"status": "error", "error": {"code": "X", "message": "no"}}, status)
        days: dict[str, list[dict[str, str]]] = {}
        for start in self.starts:
            slot = {"start": start.isoformat(), "end": (start + LENGTH).isoformat()}
            days.setdefault(start.date().isoformat(), []).append(slot)
        return JSONResponse({"status": "success", "data": days})

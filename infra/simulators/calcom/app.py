"""The simulated Cal.com, put together."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from infra.simulators.calcom.booking_routes import booking_routes
from infra.simulators.calcom.control import control_of_calcom
from infra.simulators.calcom.errors import (
    RawRefusal,
    Refusal,
    answer_raw,
    answer_refusal,
    answer_unknown_path,
    envelope,
)
from infra.simulators.calcom.event_type_routes import event_type_routes
from infra.simulators.calcom.limits import Throttle
from infra.simulators.calcom.request_ids import RequestIds
from infra.simulators.calcom.slot_routes import slot_routes
from infra.simulators.calcom.webhook_routes import webhook_routes
from infra.simulators.control_routes import control_routes
from infra.simulators.gateway import Gateway
from infra.simulators.simulator import Simulator, open_simulator

_DEFAULTS = {
    # A real booking answer takes this long: calendars are written and webhooks awaited inside it.
    "booking_seconds": [1.5, 5.0],
    "rate_limit_per_minute": 120,
    "rate_limit_block_seconds": 60,
    "omit_hosts": False,
}


def open_calcom(folder: Path | None) -> Simulator:
    """State of the simulated Cal.com."""
    return open_simulator("calcom", dict(_DEFAULTS), folder)


def calcom_app(simulator: Simulator) -> ASGIApp:
    """Every endpoint, behind rate limit, log and faults."""
    app = Starlette(
        routes=[
            *control_routes(simulator),
            *control_of_calcom(simulator),
            *event_type_routes(simulator),
            *slot_routes(simulator),
            *booking_routes(simulator),
            *webhook_routes(simulator),
        ],
        middleware=[Middleware(RequestIds), Middleware(Throttle, simulator=simulator)],
        exception_handlers={
            Refusal: answer_refusal,
            RawRefusal: answer_raw,
            HTTPException: answer_unknown_path,
        },
    )
    return Gateway(app, simulator, envelope)

"""The simulated Stripe, put together."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from infra.simulators.control_routes import control_routes
from infra.simulators.gateway import Gateway
from infra.simulators.simulator import Simulator, open_simulator
from infra.simulators.stripe.access import remember_fault
from infra.simulators.stripe.control import control_of_stripe
from infra.simulators.stripe.errors import Refusal, answer_refusal, answer_unknown_path, shape
from infra.simulators.stripe.routes import stripe_routes

_DEFAULTS = {
    "api_version": "2026-06-24.dahlia",
    # Three days at the provider, at intervals it does not publish; here a minute, doubled from one second.
    "webhook_retries": 6,
    "webhook_retry_seconds": 1.0,
}


def open_stripe(folder: Path | None) -> Simulator:
    """State of the simulated Stripe."""
    return open_simulator("stripe", dict(_DEFAULTS), folder)


def stripe_app(simulator: Simulator) -> ASGIApp:
    """The endpoints of subscriptions, behind log and faults."""
    app = Starlette(
        routes=[*control_routes(simulator), *control_of_stripe(simulator), *stripe_routes(simulator)],
        exception_handlers={Refusal: answer_refusal, HTTPException: answer_unknown_path},
    )
    return Gateway(app, simulator, shape, remember_fault(simulator))

"""The simulated Retell, put together."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from infra.simulators.control_routes import control_routes
from infra.simulators.gateway import Gateway
from infra.simulators.retell.agent_routes import agent_routes
from infra.simulators.retell.call_routes import call_routes
from infra.simulators.retell.calls import abandon_running
from infra.simulators.retell.case_routes import case_routes
from infra.simulators.retell.control import control_of_retell
from infra.simulators.retell.errors import Refusal, answer_refusal, answer_unknown_path, shape
from infra.simulators.retell.llm_routes import llm_routes
from infra.simulators.retell.number_routes import number_routes
from infra.simulators.retell.phone import Phone
from infra.simulators.simulator import Simulator, open_simulator

_DEFAULTS = {
    "concurrency_limit": 20,
    "analysis_seconds": 0.2,
    # How long a run of test cases takes. At the provider they talk for a minute or so; here nobody does.
    "test_seconds": 0.0,
    "webhook_retries": 3,
    # Doubled for each retry; the provider publishes no figure.
    "webhook_retry_seconds": 1.0,
}


def open_retell(folder: Path | None) -> Simulator:
    """State of the simulated Retell; calls that were running when it died end in error."""
    simulator = open_simulator("retell", dict(_DEFAULTS), folder)
    abandon_running(simulator)
    return simulator


def retell_app(simulator: Simulator) -> ASGIApp:
    """Every current endpoint; a removed one answers 404."""
    phone = Phone(simulator)
    app = Starlette(
        routes=[
            *control_routes(simulator),
            *control_of_retell(phone),
            *llm_routes(simulator),
            *agent_routes(simulator),
            *number_routes(simulator),
            *call_routes(phone),
            *case_routes(simulator),
        ],
        exception_handlers={Refusal: answer_refusal, HTTPException: answer_unknown_path},
    )
    return Gateway(app, simulator, shape)

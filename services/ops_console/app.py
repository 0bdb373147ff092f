"""The map of the console: what it reads, what it does, and where people find it."""

from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.staticfiles import StaticFiles

from services.ops_console.routes.parts import Parts
from services.ops_console.routes.problems import PROBLEMS
from services.ops_console.routes.web.security import SecurityHeaders
from services.ops_console.settings import ConsoleSettings
from services.ops_console.wiring import bulk, editing, events, letters, overview, people, tenants, work
from shared.health.endpoints import health_routes
from shared.health.platform import Platform

NAME = "ops_console"
#: Each has ``ROUTES``, and ``wire``: what they are given, and what the part does without being asked.
_PARTS = (people, overview, tenants, events, bulk, editing, letters, work)
_STATIC = Path(__file__).with_name("static")


def build(settings: ConsoleSettings) -> tuple[Platform, FastAPI]:
    """Wire the service; nothing connects yet."""
    platform = Platform(NAME, settings)
    app = FastAPIOffline(
        docs_url="/api/docs",
        redoc_url=None,
        openapi_url="/api/openapi.json",
        static_url="/static/api-docs",
        title="askpro console",
        version="1",
        exception_handlers=PROBLEMS,
    )
    given = [part.wire(platform, settings) for part in _PARTS]
    app.state.parts = Parts(**{name: value for one in given for name, value in vars(one).items()})
    for part in _PARTS:
        for route in part.ROUTES:
            app.include_router(route.router)
    app.mount("/static/htmx", StaticFiles(directory=_htmx()), name="htmx")
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.add_middleware(SecurityHeaders)
    app.router.routes.extend(health_routes(NAME, platform.readiness))
    return platform, app


def _htmx() -> Path:
    """The folder with htmx's files; the wheel's own code, which needs Django, is not imported."""
    found = find_spec("django_htmx")
    if found is None or found.origin is None:
        raise RuntimeError("django-htmx is not installed; install requirements/runtime.txt")
    return Path(found.origin).parent / "static" / "django_htmx"

"""``/health/live``, ``/health/ready`` and ``/metrics``, the same in every service."""

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.health.checks import Readiness


def health_routes(service: str, readiness: Readiness) -> list[Route]:
    """Live: the event loop turns. Ready: 200, or 503 naming each failed check. Both JSON."""

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "live", "service": service})

    async def ready(_: Request) -> Response:
        problems = await readiness.problems()
        body = {"status": "not ready" if problems else "ready", "service": service, "problems": problems}
        return JSONResponse(body, status_code=503 if problems else 200)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)]

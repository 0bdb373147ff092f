"""``python -m benchmarks.bare_server PORT``: ingest's HTTP server with one route that keeps nothing."""

import sys

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.ports import LOOPBACK


async def accept(request: Request) -> Response:
    """Read the body, answer 202."""
    await request.body()
    return JSONResponse({"event_id": request.path_params["company_id"]}, 202)


async def ready(_: Request) -> Response:
    """Always."""
    return JSONResponse({"status": "ready"})


def main(port: int) -> None:
    """Serve until SIGTERM, with the settings of the services."""
    routes = [
        Route("/webhooks/calcom/{company_id}", accept, methods=["POST"]),
        Route("/health/ready", ready),
    ]
    config = uvicorn.Config(
        Starlette(routes=routes),
        host=LOOPBACK,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
    )
    uvloop.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main(int(sys.argv[1]))

"""What every service is built from, wired once: database, broker, circuits, relay, and their life."""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from functools import partial
from importlib.metadata import version
from typing import Any, Final

import httpx
import uvicorn
from starlette.types import ASGIApp

from shared.clients.http import http_client
from shared.clients.providers import Providers
from shared.db.budgets import PostgresBudgets
from shared.db.circuits import PostgresCircuits
from shared.db.deliveries import Deliveries
from shared.db.engine import Database
from shared.db.schema import wait_until_migrated
from shared.db.vault import Vault
from shared.errors import InfrastructureError
from shared.health.checks import Check, Readiness
from shared.health.examination import Examination
from shared.health.lasting import for_good
from shared.health.loop import watch_loop
from shared.messaging.consumers import Consumers, On
from shared.messaging.declare import declare_topology, record_routes
from shared.messaging.edge import Edge, Origin
from shared.messaging.gates import Gates
from shared.messaging.publisher import Publisher
from shared.messaging.relay import Relay
from shared.observability.asgi import RequestContext
from shared.observability.logging import configure_logging, get_logger
from shared.observability.tracing import configure_tracing
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guards
from shared.resilience.limits import Limits
from shared.settings import ServiceSettings

_log = get_logger("service")
_RETRY_SECONDS: Final = 1.0
#: uvicorn's time for requests that are being answered; with the consumers' 20 s it stays below 25 s.
_HTTP_DRAIN_SECONDS: Final = 10

#: All of the draining, in which handlers and requests may use 20 s.
_DRAIN_SECONDS: Final = 23.0
_LONGEST_END_SECONDS: Final = 24.0
_RELAY_SECONDS: Final = 1.0
#: The least that each has for its end when the time is over.
_CLOSE_SECONDS: Final = 0.2

Background = Callable[[], Coroutine[Any, Any, None]]
Close = Callable[[], Coroutine[Any, Any, None]]


class Platform:
    """Nothing connects before ``run``. Every process publishes; only one with subscriptions consumes."""

    def __init__(self, service: str, settings: ServiceSettings) -> None:
        configure_logging(service, level=settings.log_level, format=settings.log_format)
        configure_tracing(service, settings.otel_exporter_otlp_endpoint)
        self.service = service
        self.settings = settings
        self._database_url = settings.database_url.get_secret_value()
        broker_url = settings.rabbitmq_url.get_secret_value()
        self.vault = Vault(settings.encryption_keys)
        self.database = Database(self._database_url, application=f"askpro.{service}")
        self.publisher = Publisher(broker_url, service=service)
        # Whoever wins a probe is told by this name; it must be one process on one machine.
        process = f"{service}@{socket.gethostname()}:{os.getpid()}"
        self.circuits = Circuits(
            PostgresCircuits(self.database, self._database_url, source=service), process=process
        )
        self._limits = Limits(PostgresBudgets(self.database))
        self.guards = Guards(self.circuits, self._limits)
        self.http = http_client()
        self.providers = _providers(self.http, self.guards, settings)
        self.consumers = Consumers(broker_url, service=service)
        self._gates = Gates(self.database, self.publisher, self.circuits)
        origin = Origin(service, version("askpro"), socket.gethostname())
        deliveries = Deliveries(self.database, source=service)
        self.consumers.attach(Edge(deliveries, self.publisher, self._gates, origin))
        self._relay = Relay(self.database, self.publisher, origin=origin)
        management = settings.rabbitmq_management_url
        self._examination = Examination(
            self._database_url,
            broker_url,
            management.get_secret_value() if management else None,
            settings.provider_urls,
        )
        self._background: list[tuple[str, Background]] = []
        self._closers: list[Close] = []
        self.readiness = Readiness({"database": self.database.ping, "broker": self._broker_answers})

    def subscribe(self, table: Mapping[str, tuple[On, ...]], *, prefetch: int = 20) -> None:
        """The service's table: work queue → lines of event and handler."""
        self.consumers.subscribe(table, prefetch=prefetch)

    def background(self, name: str, task: Background) -> None:
        """Run ``task()`` beside the service from the moment it is ready; it must not return."""
        self._background.append((name, task))

    def every(self, name: str, seconds: float, step: Callable[[], Awaitable[object]]) -> None:
        """Make ``step`` once every ``seconds``; one that fails is logged and made again next time."""

        async def loop() -> None:
            while True:
                await asyncio.sleep(seconds)
                try:
                    await step()
                except InfrastructureError as error:
                    _log.warning("step.postponed", step=name, reason=str(error))
                except Exception:  # noqa: BLE001  # a loop that ended unseen would never repair anything again
                    _log.exception("step.failed", step=name)

        self.background(name, loop)

    def on_close(self, close: Close) -> None:
        """Await ``close()`` at the end, after the consumers have drained."""
        self._closers.append(close)

    def check(self, name: str, check: Check) -> None:
        """Add a check to readiness."""
        self.readiness.checks = {**self.readiness.checks, name: check}

    async def run(self, app: ASGIApp) -> None:
        """Serve ``app`` and consume until SIGTERM or SIGINT, then drain and return within 25 s.

        Raises:
            Exception: a background task ended; the process must not live on without it.
        """
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        server = _Server(self._http_config(app))
        async with _tasks() as tasks:
            tasks.append(asyncio.create_task(server.serve(), name="http"))
            tasks.append(asyncio.create_task(self._work(), name="work"))
            stopping: asyncio.Task[Any] = asyncio.create_task(stop.wait(), name="signal")
            waiting: set[asyncio.Task[Any]] = {*tasks, stopping}
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            await self._drain(server, tasks[0])
            _raise_first({task for task in done if task is not stopping})
        _log.info("service.stopped")

    async def _work(self) -> None:
        """Wait for everything the service needs, say so, then keep the background tasks running."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._examination.at_start(), name="doctor")
            await self._until_ready()
            await self.circuits.start()
            lasting: list[tuple[str, Background]] = [
                ("relay", self._relay.run),
                ("watch", partial(self.consumers.watch, reachable=self.publisher.connected)),
                ("loop", watch_loop),
                *self._background,
            ]
            for name, task in lasting:
                group.create_task(for_good(name, task(), self._is_draining), name=name)
            self.readiness.started = True
            _log.info("service.ready", queues=self.consumers.queues, port=self.settings.port)

    def _is_draining(self) -> bool:
        return self.readiness.draining

    async def _until_ready(self) -> None:
        _log.info("service.starting", waits_for=["database", "broker"])
        await asyncio.gather(
            wait_until_migrated(self._database_url), self._until("broker", self.publisher.connect)
        )
        await self._until("topology", self._declare)
        self.publisher.on_reconnected(self._declare)
        # Before the first delivery: a restart must not forget whom nobody calls.
        await self._until("circuits", self.circuits.refresh)
        await self.consumers.start()

    async def _declare(self) -> None:
        await declare_topology(self.publisher)
        await record_routes(self.database)

    async def _until(self, what: str, step: Callable[[], Awaitable[None]]) -> None:
        said = False
        while True:
            try:
                await step()
            except Exception as error:  # noqa: BLE001  # whatever it is, starting later beats dying now
                if not said:
                    _log.warning("service.waits", waits_for=what, reason=str(error))
                said = True
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return

    async def _drain(self, server: "_Server", http: asyncio.Task[None]) -> None:
        _log.info("service.draining")
        self.readiness.draining = True
        self._gates.let_go()
        server.should_exit = True
        # A server that swallows everything holds up even a cancelled task; what is not done goes back anyway.
        asyncio.get_running_loop().call_later(_LONGEST_END_SECONDS, _abandon)
        begun = time.monotonic()
        await asyncio.gather(self.consumers.stop(), _finished(http), return_exceptions=True)
        # What the last handlers have put into the outbox leaves with this process, if the broker lets it.
        await _quietly(self._relay.finish(), _RELAY_SECONDS)
        for close in (
            *self._closers,
            self.http.aclose,
            self._limits.stop,
            self.circuits.stop,
            self.publisher.close,
            self.database.close,
        ):
            left = _DRAIN_SECONDS - (time.monotonic() - begun)
            await _quietly(close(), max(_CLOSE_SECONDS, left))

    async def _broker_answers(self) -> None:
        if not await self.publisher.connected():
            raise InfrastructureError("the connection is down", gate="broker")
        if problem := self.consumers.problem():
            raise InfrastructureError(problem, gate="broker")

    def _http_config(self, app: ASGIApp) -> uvicorn.Config:
        return uvicorn.Config(
            RequestContext(app),
            host=self.settings.host,
            port=self.settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_HTTP_DRAIN_SECONDS,
            lifespan="off",
        )


def _providers(http: httpx.AsyncClient, guards: Guards, settings: ServiceSettings) -> Providers:
    return Providers(
        http,
        guards,
        calcom_base_url=settings.calcom_base_url,
        calcom_eu_base_url=settings.calcom_eu_base_url,
        retell_base_url=settings.retell_base_url,
        stripe_base_url=settings.stripe_base_url,
    )


class _Server(uvicorn.Server):
    """Leaves the signals to the platform, which also drains the consumers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


@contextlib.asynccontextmanager
async def _tasks() -> AsyncIterator[list[asyncio.Task[None]]]:
    """Tasks that are cancelled and awaited at the end, whatever happened."""
    tasks: list[asyncio.Task[None]] = []
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _quietly(step: Coroutine[Any, Any, None], seconds: float) -> None:
    """A step of the end, which comes whatever happens: a server that is away must not hold it up."""
    task = asyncio.create_task(step)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        task.cancel()
    elif not task.cancelled() and (error := task.exception()) is not None:
        _log.warning("service.closing", reason=f"{type(error).__name__}: {error}")


def _abandon() -> None:
    _log.error("service.abandoned", after_seconds=_LONGEST_END_SECONDS)
    os._exit(1)


async def _finished(task: asyncio.Task[None]) -> None:
    await asyncio.wait({task})


def _raise_first(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error

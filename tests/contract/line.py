"""One provider behind Prism: what goes in is judged, and both sides can be made wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from tests.contract.case import Case
from tests.contract.corrections import Schema
from tests.contract.installation import PrismFiles
from tests.contract.proxy import Prism
from tests.contract.tap import Operation, RoundTrip, Tap


@dataclass(frozen=True)
class Line:
    """Clients speak to ``front``, that to ``prism``, that to ``behind``, and that to the provider."""

    document: Schema
    front: Tap
    prism: Prism
    behind: Tap

    @property
    def url(self) -> str:
        """A base URL for our clients."""
        return self.front.url

    def round_trips_of(self, operation: Operation) -> list[RoundTrip]:
        """Since the last ``forget``."""
        return [trip for trip in self.front.round_trips if trip.is_of(operation)]

    def forget(self) -> None:
        """What went through so far is judged no more."""
        self.front.round_trips.clear()

    def complaints(self) -> list[str]:
        """All that was not as published: what Prism says, and what it does not look at."""
        judged = [str(trip) for trip in self.front.round_trips if trip.violations]
        return [*judged, *self._unread(), *self.prism.skipped]

    def found(self, case: Case, side: str) -> bool:
        """Whether something was wrong with a request or response of this case."""
        found = (one for trip in self.round_trips_of(case.operation) for one in trip.violations)
        return any(side in violation.place[:2] for violation in found)

    def _unread(self) -> list[str]:
        """Parameters of queries that the document does not know: Prism takes no notice of them."""
        return [
            f"{trip.method} {trip.path}: nobody knows the parameter {name}"
            for trip in self.front.round_trips
            for name, _ in parse_qsl(trip.query)
            if name not in self._parameters(trip)
        ]

    def _parameters(self, trip: RoundTrip) -> set[str]:
        method = trip.method.lower()
        described = (
            operations[method].get("parameters", [])
            for path, operations in self.document["paths"].items()
            if method in operations and trip.is_of(Operation(trip.method, path))
        )
        return {self._parameter(each)["name"] for each in next(described, [])}

    def _parameter(self, described: Schema) -> Schema:
        name = described.get("$ref", "").rpartition("/")[2]
        known: Schema = self.document["components"]["parameters"][name] if name else described
        return known


@asynccontextmanager
async def line(folder: Path, files: PrismFiles, document: Schema, provider: str) -> AsyncIterator[Line]:
    """Up and listening; ``provider`` is the address of the one whose document this is."""
    file = folder / "openapi.json"
    file.write_text(json.dumps(document, default=str))
    async with Tap(provider) as behind:
        prism = Prism(folder, files, file, behind.url)
        try:
            await asyncio.to_thread(prism.start)
            async with Tap(prism.url) as front:
                yield Line(document, front, prism, behind)
        finally:
            prism.kill()

"""Of what is refused a bounded sample is told, and whoever is answered never waits for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any

from services.webhook_ingest.rejections import Quota, Refused, Rejections
from services.webhook_ingest.values import RefusedError
from shared.contracts.rejected import KEPT_BYTES, RejectedRequest
from shared.errors import InfrastructureError
from tests.support import eventually


class Console:
    """Takes what it is sent, or stands still, or is away."""

    def __init__(self) -> None:
        self.got: list[RejectedRequest] = []
        self.open = asyncio.Event()
        self.open.set()
        self.failing = 0

    async def __call__(self, request: RejectedRequest) -> None:
        await self.open.wait()
        if self.failing:
            self.failing -= 1
            raise InfrastructureError("no confirm", gate="broker")
        self.got.append(request)

    async def has(self, number: int) -> list[RejectedRequest]:
        async def there() -> bool:
            return len(self.got) >= number

        await eventually(there, of=f"{number} requests arrive")
        return self.got


@asynccontextmanager
async def sending(console: Console, **limits: Any) -> AsyncIterator[Rejections]:
    rejections = Rejections(console, **limits)
    task = asyncio.create_task(rejections.run())
    try:
        yield rejections
    finally:
        task.cancel()


def refused(status: int = 401, company: str | None = "salon", body: bytes = b"{}", **headers: str) -> Refused:
    path = f"/webhooks/calcom/{company}"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Refused(RefusedError(status, f"It was refused: {body[:9]!r}."), path, company, named, body)


async def test_a_refused_request_is_told_with_its_reason_and_what_a_signature_needs() -> None:
    console = Console()
    async with sending(console) as rejections:
        rejections.offer(refused(body=b'{"a": 1}', x_cal_signature_256="abc", cookie="mine", host="there"))
        told = (await console.has(1))[0]
    assert (told.status, told.provider, told.company_id) == (401, "calcom", "salon")
    assert (told.body, told.size, told.cut) == (b'{"a": 1}', 8, False)
    assert told.headers == {"x-cal-signature-256": "abc"}
    assert "refused" in told.reason


async def test_a_body_is_cut_at_64_kib_and_says_so() -> None:
    console = Console()
    async with sending(console) as rejections:
        rejections.offer(refused(body=b"x" * (KEPT_BYTES + 1)))
        told = (await console.has(1))[0]
    assert (len(told.body), told.size, told.cut) == (KEPT_BYTES, KEPT_BYTES + 1, True)


def test_bytes_that_are_no_text_come_back_as_they_were() -> None:
    told = refused(body=bytes(range(256))).told(datetime.now(UTC))
    assert RejectedRequest.model_validate_json(told.model_dump_json()) == told
    assert told.body == bytes(range(256))


async def test_more_than_the_days_quota_of_one_company_is_not_told_and_takes_nobody_elses() -> None:
    console = Console()
    async with sending(console, quota=Quota(3)) as rejections:
        for number in range(9):
            rejections.offer(refused(body=b"%d" % number))
        rejections.offer(refused(company="dentist"))
        told = await console.has(4)
    assert [one.company_id for one in told] == ["salon"] * 3 + ["dentist"]


def test_a_quota_begins_anew_with_the_day() -> None:
    quota, monday, tuesday = Quota(1), date(2026, 11, 30), date(2026, 12, 1)
    assert [quota.take("salon", day) for day in (monday, monday, tuesday, tuesday)] == [
        True, False, True, False,
    ]  # fmt: skip


async def test_companies_that_a_sender_makes_up_share_one_quota() -> None:
    console = Console()
    quota = Quota(5)
    async with sending(console, quota=quota) as rejections:
        for number in range(200):
            rejections.offer(refused(404, company=f"made-up-{number}"))
        rejections.offer(refused())
        told = await console.has(6)
    assert [one.company_id for one in told] == [None] * 5 + ["salon"]
    assert told[0].path == "/webhooks/calcom/made-up-0"
    assert len(quota.names) == 2


async def test_what_could_not_be_kept_by_us_is_no_refusal() -> None:
    console = Console()
    async with sending(console) as rejections:
        rejections.offer(refused(503))
        rejections.offer(refused(401))
        assert [one.status for one in await console.has(1)] == [401]


async def test_what_comes_while_nobody_takes_them_is_forgotten_and_takes_nothing_of_the_quota() -> None:
    console = Console()
    console.open.clear()
    async with sending(console, most_waiting=3, quota=Quota(4)) as rejections:
        for number in range(10):
            rejections.offer(refused(body=b"%d" % number))
        console.open.set()
        await console.has(3)
        rejections.offer(refused(body=b"later"))
        told = await console.has(4)
    assert [one.body for one in told] == [b"0", b"1", b"2", b"later"]


async def test_a_broker_that_is_away_costs_the_sample_and_nothing_else() -> None:
    console = Console()
    console.failing = 1
    async with sending(console) as rejections:
        rejections.offer(refused(body=b"lost"))
        rejections.offer(refused(body=b"kept"))
        assert [one.body for one in await console.has(1)] == [b"kept"]

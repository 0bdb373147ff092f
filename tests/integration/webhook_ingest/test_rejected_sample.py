"""What ingest refuses is told to the console, up to a number a day; what it accepts is not."""

import asyncio
import json

from shared.clients.signatures import sign_calcom
from shared.contracts.names import REJECTED
from shared.contracts.rejected import PER_DAY, RejectedRequest
from tests.integration.webhook_ingest.conftest import COMPANY, Ingest, add_company
from tests.support import eventually

BOOKING = json.dumps({"triggerEvent": "BOOKING_CREATED", "payload": {"uid": "u-1"}}).encode()


async def told(ingest: Ingest, number: int) -> list[RejectedRequest]:
    """The next ``number`` of them, taken out of the queue."""

    async def there() -> bool:
        return await ingest.depth(REJECTED) >= number

    await eventually(there, of=f"{number} refused requests are in the queue")
    return [RejectedRequest.model_validate_json((await ingest.take(REJECTED)).body) for _ in range(number)]


async def test_a_webhook_with_another_secret_is_told_as_it_came(ingest: Ingest) -> None:
    assert (await ingest.send.calcom(BOOKING)).status_code == 202
    answer = await ingest.send.calcom(BOOKING, secret="another", Cookie="a=b")
    assert answer.status_code == 401
    (request,) = await told(ingest, 1)
    assert (request.company_id, request.provider, request.status) == (COMPANY, "calcom", 401)
    assert request.reason == answer.json()["detail"]
    assert (request.body, request.path) == (BOOKING, f"/webhooks/calcom/{COMPANY}")
    assert request.headers["x-cal-signature-256"] == sign_calcom(BOOKING, "another")
    assert "cookie" not in request.headers


async def test_each_kind_of_refusal_is_told_with_its_status(ingest: Ingest) -> None:
    await ingest.send.calcom(BOOKING, company="nobody")
    await ingest.send.retell(b" " * 6_000_000)
    await ingest.send.stripe(b"{}", secret="another")
    await ingest.send.events(b"{}")
    found = await told(ingest, 4)
    assert [(one.provider, one.status) for one in found] == [
        ("calcom", 404), ("retell", 413), ("stripe", 401), ("events", 422),
    ]  # fmt: skip
    assert [one.company_id for one in found] == [None] * 4
    assert (found[1].body, found[1].size, found[1].cut) == (b"", 6_000_000, True)


async def test_a_flood_of_forgeries_is_told_a_thousand_times_a_day_and_each_is_answered(
    ingest: Ingest,
) -> None:
    await add_company(ingest.database, "flooded")

    async def forge(number: int) -> set[int]:
        sent = (ingest.send.calcom(b"{}", company="flooded", secret="x") for _ in range(number))
        return {answer.status_code for answer in await asyncio.gather(*sent)}

    async def flooded() -> bool:
        assert await forge(100) == {401}
        return await ingest.depth(REJECTED) >= PER_DAY

    await eventually(flooded, of="a thousand forgeries are in the queue")
    before = await over_quota(ingest)
    assert await forge(50) == {401}
    assert await over_quota(ingest) == before + 50
    assert await ingest.depth(REJECTED) == PER_DAY


async def over_quota(ingest: Ingest) -> float:
    lines = (await ingest.send.client.get("/metrics")).text.splitlines()
    name = 'askpro_rejected_requests_total{fate="over_quota"} '
    return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))
